//! A list in protobuf, read as it comes over the wire: items become rows one by one, and of the list no more stands in
//! memory than the item that is not yet whole.

use prost::Message;

use super::{DecodeError, MAGIC, row};
use crate::domain::object::Kind;
use crate::kinds::interner::Interner;
use crate::kinds::row::{Definition, DefinitionVisitor, Row, with_definition};
use crate::kinds::wire::ListMeta;

/// The server takes objects of at most 1.5 MiB; one that is far larger is none.
const LARGEST_FIELD: usize = 16 << 20;
/// Where the envelope has its object, and a list its metadata and its items.
const OBJECT: u64 = 2;
const METADATA: u64 = 1;
const ITEMS: u64 = 2;

#[derive(Default)]
pub struct ProtobufList {
    /// What is not yet read.
    bytes: Vec<u8>,
    place: Place,
    metadata: ListMeta,
    rows: Vec<Row>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Start,
    Envelope,
    /// So many bytes of the list are still to come.
    List(usize),
    End,
}

impl ProtobufList {
    /// Reads on.
    ///
    /// # Errors
    /// What comes is no list of this kind.
    pub fn push(&mut self, kind: Kind, bytes: &[u8], interner: &mut Interner) -> Result<(), DecodeError> {
        with_definition(kind, Push { list: self, bytes, interner })
    }

    /// The rows that are read and were not taken yet.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    #[must_use]
    pub fn take_rows(&mut self) -> Vec<Row> {
        std::mem::take(&mut self.rows)
    }

    /// The rest of the rows, and what stands around them.
    ///
    /// # Errors
    /// The end came too early.
    pub fn finish(self) -> Result<(Vec<Row>, ListMeta), DecodeError> {
        match self.place {
            Place::End => Ok((self.rows, self.metadata)),
            Place::Start => Err(DecodeError::Envelope),
            Place::Envelope | Place::List(_) => Err(DecodeError::Protobuf),
        }
    }

    pub(super) fn push_items<D: Definition>(
        &mut self,
        bytes: &[u8],
        interner: &mut Interner,
    ) -> Result<(), DecodeError> {
        self.bytes.extend_from_slice(bytes);
        let mut at = 0;
        while let Some(read) = self.step::<D>(at, interner)? {
            at += read;
        }
        self.bytes.drain(..at);
        Ok(())
    }

    /// Reads one more thing, if it is there as a whole: how long it was.
    fn step<D: Definition>(&mut self, at: usize, interner: &mut Interner) -> Result<Option<usize>, DecodeError> {
        let rest = self.bytes.get(at..).unwrap_or_default();
        let left = match self.place {
            Place::Start => {
                let known = rest.len().min(MAGIC.len());
                if rest[..known] != MAGIC[..known] {
                    return Err(DecodeError::Envelope);
                }
                if known < MAGIC.len() {
                    return Ok(None);
                }
                self.place = Place::Envelope;
                return Ok(Some(MAGIC.len()));
            }
            // What follows the list says nothing new.
            Place::End => return Ok((!rest.is_empty()).then_some(rest.len())),
            Place::Envelope => None,
            Place::List(left) => Some(left),
        };
        let Some(field) = Field::read(rest)? else { return Ok(None) };
        let Some(left) = left else {
            if field.number == OBJECT {
                self.place = if field.length == 0 { Place::End } else { Place::List(field.length) };
                return Ok(Some(field.head));
            }
            return Ok(field.within(rest)?.map(|_| field.whole()));
        };
        let after = left.checked_sub(field.whole()).ok_or(DecodeError::Protobuf)?;
        let Some(content) = field.within(rest)? else { return Ok(None) };
        match field.number {
            METADATA => self.metadata = ListMeta::decode(content)?,
            ITEMS => self.rows.push(row::<D>(D::Wire::decode(content)?, interner)),
            _ => {}
        }
        self.place = if after == 0 { Place::End } else { Place::List(after) };
        Ok(Some(field.whole()))
    }
}

struct Push<'a> {
    list: &'a mut ProtobufList,
    bytes: &'a [u8],
    interner: &'a mut Interner,
}

impl DefinitionVisitor for Push<'_> {
    type Answer = Result<(), DecodeError>;

    fn visit<D: Definition>(self) -> Self::Answer {
        self.list.push_items::<D>(self.bytes, self.interner)
    }
}

/// The head of a field with a length, the only ones there are around objects.
struct Field {
    number: u64,
    head: usize,
    length: usize,
}

impl Field {
    /// None: not all of the head is there.
    fn read(bytes: &[u8]) -> Result<Option<Self>, DecodeError> {
        let Some((key, first)) = varint(bytes)? else { return Ok(None) };
        let Some((length, second)) = varint(bytes.get(first..).unwrap_or_default())? else { return Ok(None) };
        if key & 7 != 2 {
            return Err(DecodeError::Protobuf);
        }
        let length = usize::try_from(length).map_err(|_| DecodeError::Protobuf)?;
        Ok(Some(Self { number: key >> 3, head: first + second, length }))
    }

    fn whole(&self) -> usize {
        self.head.saturating_add(self.length)
    }

    /// None: not all of it is there.
    fn within<'a>(&self, bytes: &'a [u8]) -> Result<Option<&'a [u8]>, DecodeError> {
        if self.length > LARGEST_FIELD {
            return Err(DecodeError::Protobuf);
        }
        Ok(bytes.get(self.head..self.whole()))
    }
}

/// The number and how many bytes it takes; None: not all of them are there.
fn varint(bytes: &[u8]) -> Result<Option<(u64, usize)>, DecodeError> {
    let mut value = 0;
    for (index, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if *byte < 0x80 {
            return Ok(Some((value, index + 1)));
        }
    }
    if bytes.len() < 10 { Ok(None) } else { Err(DecodeError::Protobuf) }
}
