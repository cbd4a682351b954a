//! Splits the bytes of a watch into frames: lines of JSON, or protobuf with a length before each. Pure and bounded.

use bytes::{Buf, Bytes, BytesMut};

use super::decode::Wire;

/// No object is larger than etcd takes (1.5 MiB by default); this leaves room for its JSON form.
pub const FRAME_LIMIT: usize = 16 << 20;

#[derive(Debug)]
pub struct Frames {
    wire: Wire,
    limit: usize,
    buffer: BytesMut,
    /// So far no line break was found.
    searched: usize,
}

/// A frame that would not fit into the bound. The stream cannot be read further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a frame of the watch is larger than {limit} bytes")]
pub struct FrameTooLong {
    pub limit: usize,
}

impl Frames {
    #[must_use]
    pub fn new(wire: Wire, limit: usize) -> Self {
        Self { wire, limit, buffer: BytesMut::new(), searched: 0 }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole frame, None until more bytes arrive.
    pub fn next_frame(&mut self) -> Result<Option<Bytes>, FrameTooLong> {
        match self.wire {
            Wire::Json => self.next_line(),
            Wire::Protobuf => self.next_message(),
        }
    }

    fn next_line(&mut self) -> Result<Option<Bytes>, FrameTooLong> {
        loop {
            let rest = self.buffer.get(self.searched..).unwrap_or_default();
            let Some(found) = memchr::memchr(b'\n', rest) else {
                self.searched = self.buffer.len();
                return if self.searched > self.limit { Err(FrameTooLong { limit: self.limit }) } else { Ok(None) };
            };
            let line = self.buffer.split_to(self.searched + found);
            self.buffer.advance(1);
            self.searched = 0;
            if line.len() > self.limit {
                return Err(FrameTooLong { limit: self.limit });
            }
            if !line.iter().all(u8::is_ascii_whitespace) {
                return Ok(Some(line.freeze()));
            }
        }
    }

    fn next_message(&mut self) -> Result<Option<Bytes>, FrameTooLong> {
        let Some(header) = self.buffer.first_chunk::<4>() else { return Ok(None) };
        let length = u32::from_be_bytes(*header) as usize;
        if length > self.limit {
            return Err(FrameTooLong { limit: self.limit });
        }
        if self.buffer.len() < 4 + length {
            return Ok(None);
        }
        self.buffer.advance(4);
        Ok(Some(self.buffer.split_to(length).freeze()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(frames: &mut Frames) -> Vec<Vec<u8>> {
        std::iter::from_fn(|| frames.next_frame().unwrap()).map(|frame| frame.to_vec()).collect()
    }

    #[test]
    fn a_frame_without_end_is_refused() {
        let mut frames = Frames::new(Wire::Json, 8);
        frames.push(b"123456789");
        assert_eq!(frames.next_frame(), Err(FrameTooLong { limit: 8 }));
        let mut frames = Frames::new(Wire::Protobuf, 8);
        frames.push(&[0, 0, 0, 9]);
        assert_eq!(frames.next_frame(), Err(FrameTooLong { limit: 8 }));
    }

    proptest! {
        #[test]
        fn however_bytes_arrive_the_frames_are_the_same(
            bodies in prop::collection::vec(prop::collection::vec(b'a'..=b'z', 1..40), 0..8),
            step in 1usize..17,
        ) {
            let mut lines = Vec::new();
            let mut messages = Vec::new();
            for body in &bodies {
                lines.extend_from_slice(body);
                lines.push(b'\n');
                messages.extend_from_slice(&u32::try_from(body.len()).unwrap().to_be_bytes());
                messages.extend_from_slice(body);
            }
            for (wire, stream) in [(Wire::Json, lines), (Wire::Protobuf, messages)] {
                let mut frames = Frames::new(wire, FRAME_LIMIT);
                let mut found = Vec::new();
                for chunk in stream.chunks(step) {
                    frames.push(chunk);
                    found.extend(all(&mut frames));
                }
                prop_assert_eq!(&found, &bodies);
            }
        }
    }
}
