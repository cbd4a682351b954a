//! Compressed answers: unpacked within a bound, so that a small answer cannot become a huge one.

use std::io::{BufRead, BufReader, Read};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::{HeaderMap, header};

use super::fault::Fault;

/// Small enough to stay near the processor.
const CHUNK: usize = 32 << 10;

pub(super) fn is_gzip(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_ENCODING).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"gzip"))
}

/// An answer as it is read, unpacked on the way where it is packed; at most `limit` bytes of it.
pub(super) fn reader<'a>(headers: &HeaderMap, bytes: &'a [u8], limit: usize) -> Box<dyn BufRead + Send + 'a> {
    if is_gzip(headers) {
        Box::new(BufReader::with_capacity(CHUNK, MultiGzDecoder::new(bytes)).take(limit as u64))
    } else {
        Box::new(bytes)
    }
}

pub(super) fn decode(bytes: Bytes, limit: usize) -> Result<Bytes, Fault> {
    let mut out = Vec::with_capacity((bytes.len() * 8).min(limit));
    let read = MultiGzDecoder::new(bytes.as_ref()).take(limit as u64 + 1).read_to_end(&mut out);
    match read {
        Ok(_) if out.len() > limit => Err(Fault::TooLong(limit)),
        Ok(_) => Ok(Bytes::from(out)),
        Err(_) => Err(Fault::Lost("its compressed answer is broken".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

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
