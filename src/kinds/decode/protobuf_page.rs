//! A page of a list in protobuf, read from front to back while it is unpacked: first what stands before the items, the
//! way to the next page among it, then the items one by one. A page never stands in memory whole.

use std::io::{self, BufRead, Read};

use prost::Message;

use super::{DecodeError, MAGIC, Page, row};
use crate::domain::object::Kind;
use crate::kinds::interner::Interner;
use crate::kinds::row::{Definition, DefinitionVisitor, Row, with_definition};
use crate::kinds::wire::ListMeta;

/// The server takes objects of at most 1.5 MiB; one that is far larger is none.
const LARGEST_ITEM: u64 = 16 << 20;
/// Where an `Unknown` has its object, and a list its metadata and its items.
const OBJECT: u64 = 2;
const METADATA: u64 = 1;
const ITEMS: u64 = 2;

/// An opened page, its items unread.
pub struct ProtobufPage<R> {
    /// Ends with the list.
    source: io::Take<R>,
    metadata: Option<ListMeta>,
    /// The length of an item that is next.
    item: Option<u64>,
}

impl<R: BufRead> ProtobufPage<R> {
    /// Reads as far as the first item.
    ///
    /// # Errors
    /// No envelope of Kubernetes, or none that can be read.
    pub fn open(mut source: R) -> Result<Self, DecodeError> {
        let mut magic = [0; MAGIC.len()];
        source.read_exact(&mut magic).map_err(|_| DecodeError::Envelope)?;
        if magic != *MAGIC {
            return Err(DecodeError::Envelope);
        }
        let length = loop {
            match field(&mut source)?.ok_or(DecodeError::Envelope)? {
                (OBJECT, length) => break length,
                (_, length) => skip(&mut source, length)?,
            }
        };
        let mut page = ProtobufPage { source: source.take(length), metadata: None, item: None };
        page.advance()?;
        Ok(page)
    }

    /// What asks for the next page, where that is known before the items are read; none on the last page.
    #[must_use]
    pub fn continue_token(&self) -> Option<&str> {
        let token = self.metadata.as_ref().map(|metadata| metadata.continue_token.as_str());
        token.filter(|token| !token.is_empty())
    }

    /// Reads the items.
    ///
    /// # Errors
    /// An item that is none, or an end that comes too early.
    pub fn read(self, kind: Kind, interner: &mut Interner) -> Result<Page, DecodeError> {
        with_definition(kind, ReadItems { page: self, interner })
    }

    pub(super) fn read_items<D: Definition>(mut self, interner: &mut Interner) -> Result<Page, DecodeError> {
        let mut rows: Vec<Row> = Vec::new();
        let mut item = Vec::new();
        while let Some(length) = self.item {
            fill(&mut self.source, length, &mut item)?;
            rows.push(row::<D>(D::Wire::decode(item.as_slice())?, interner));
            self.advance()?;
        }
        // What packed it says only at its end whether all was well.
        io::copy(&mut self.source.into_inner(), &mut io::sink())?;
        Ok(Page::new(rows, self.metadata.unwrap_or_default()))
    }

    /// Goes on to the next item, or to the end.
    fn advance(&mut self) -> Result<(), DecodeError> {
        self.item = None;
        while let Some((number, length)) = field(&mut self.source)? {
            match number {
                ITEMS => {
                    self.item = Some(length);
                    break;
                }
                METADATA => {
                    let mut bytes = Vec::new();
                    fill(&mut self.source, length, &mut bytes)?;
                    self.metadata = Some(ListMeta::decode(bytes.as_slice())?);
                }
                _ => skip(&mut self.source, length)?,
            }
        }
        let cut_short = self.item.is_none() && self.source.limit() > 0;
        if cut_short { Err(DecodeError::Protobuf) } else { Ok(()) }
    }
}

struct ReadItems<'a, R> {
    page: ProtobufPage<R>,
    interner: &'a mut Interner,
}

impl<R: BufRead> DefinitionVisitor for ReadItems<'_, R> {
    type Answer = Result<Page, DecodeError>;

    fn visit<D: Definition>(self) -> Self::Answer {
        self.page.read_items::<D>(self.interner)
    }
}

/// The number and the length of the next field with a length; None at the end. Other fields are passed over.
fn field(source: &mut impl BufRead) -> Result<Option<(u64, u64)>, DecodeError> {
    loop {
        if source.fill_buf()?.is_empty() {
            return Ok(None);
        }
        let key = varint(source)?;
        match key & 7 {
            0 => {
                varint(source)?;
            }
            1 => skip(source, 8)?,
            2 => return Ok(Some((key >> 3, varint(source)?))),
            5 => skip(source, 4)?,
            _ => return Err(DecodeError::Protobuf),
        }
    }
}

fn varint(source: &mut impl Read) -> Result<u64, DecodeError> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let mut byte = [0];
        source.read_exact(&mut byte)?;
        value |= u64::from(byte[0] & 0x7f) << shift;
        if byte[0] < 0x80 {
            return Ok(value);
        }
    }
    Err(DecodeError::Protobuf)
}

/// Memory is taken as the bytes come, whatever length was announced.
fn fill(source: &mut impl Read, length: u64, bytes: &mut Vec<u8>) -> Result<(), DecodeError> {
    bytes.clear();
    if length > LARGEST_ITEM || source.take(length).read_to_end(bytes)? as u64 != length {
        return Err(DecodeError::Protobuf);
    }
    Ok(())
}

fn skip(source: &mut impl Read, length: u64) -> Result<(), DecodeError> {
    let skipped = io::copy(&mut source.take(length), &mut io::sink())?;
    if skipped == length { Ok(()) } else { Err(DecodeError::Protobuf) }
}
