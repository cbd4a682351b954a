//! Compressed answers: unpacked within a bound, so that a small answer cannot become a huge one.

use std::io::{Read, Write};

use bytes::Bytes;
use flate2::read::MultiGzDecoder as Reader;
use flate2::write::MultiGzDecoder;
use http::{HeaderMap, header};

use super::fault::Fault;

/// So little is unpacked at a time that even the worst of it is a few megabytes.
const PIECE: usize = 4 << 10;

pub(super) fn is_gzip(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_ENCODING).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"gzip"))
}

/// Unpacks an answer while it comes, where it is packed.
pub(super) enum Unpacker {
    Plain,
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
}

impl Unpacker {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        if is_gzip(headers) { Self::Gzip(Box::new(MultiGzDecoder::new(Vec::new()))) } else { Self::Plain }
    }

    /// Hands on what the bytes hold, a little at a time.
    pub(super) fn unpack<E: From<Fault>>(
        &mut self,
        bytes: &[u8],
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let Self::Gzip(unpacker) = self else { return take(bytes) };
        for piece in bytes.chunks(PIECE) {
            unpacker.write_all(piece).map_err(|_| broken())?;
            take(unpacker.get_ref())?;
            unpacker.get_mut().clear();
        }
        Ok(())
    }

    /// What was held back to the end, and whether the end was one.
    pub(super) fn finish<E: From<Fault>>(self, take: impl FnOnce(&[u8]) -> Result<(), E>) -> Result<(), E> {
        match self {
            Self::Plain => Ok(()),
            Self::Gzip(unpacker) => take(&unpacker.finish().map_err(|_| broken())?),
        }
    }
}

fn broken() -> Fault {
    Fault::Lost("its compressed answer is broken".into())
}

pub(super) fn decode(bytes: Bytes, limit: usize) -> Result<Bytes, Fault> {
    let mut out = Vec::with_capacity((bytes.len() * 8).min(limit));
    let read = Reader::new(bytes.as_ref()).take(limit as u64 + 1).read_to_end(&mut out);
    match read {
        Ok(_) if out.len() > limit => Err(Fault::TooLong(limit)),
        Ok(_) => Ok(Bytes::from(out)),
        Err(_) => Err(broken()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    #[test]
    fn a_bomb_is_refused() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&vec![b'a'; 1 << 20]).unwrap();
        let packed = Bytes::from(encoder.finish().unwrap());
        assert_eq!(decode(packed.clone(), 1 << 20).unwrap().len(), 1 << 20);
        assert!(matches!(decode(packed.clone(), 1 << 19), Err(Fault::TooLong(_))));
        assert!(matches!(decode(packed.slice(..20), 1 << 20), Err(Fault::Lost(_))));
    }
}
