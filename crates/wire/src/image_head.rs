//! What a picture's first bytes say: its type and its size in pixels, before anyone decodes it.
//!
//! Docs: China identity specification, sections 7.1 and 7.2. Whether the file is complete, and whether a decoder can read it, is
//! for whoever decodes it; here a bomb is told from a photo for a few comparisons.

/// A picture's type, by its bytes and not by what anyone calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// Windows bitmap.
    Bmp,
}

/// Type and size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The type.
    pub kind: Kind,
    /// Pixels across; never 0.
    pub width: u32,
    /// Pixels down; never 0.
    pub height: u32,
}

impl Head {
    /// Reads the head of a file. `None` when it is none of the types, or breaks off before its size.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (kind, (width, height)) = match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', rest @ ..] => (Kind::Png, png(rest)?),
            [0xff, 0xd8, rest @ ..] => (Kind::Jpeg, jpeg(rest)?),
            [b'B', b'M', rest @ ..] => (Kind::Bmp, bmp(rest)?),
            _ => return None,
        };
        (width > 0 && height > 0).then_some(Self { kind, width, height })
    }
}

/// Behind the signature: the length 13, `IHDR`, width, height.
fn png(rest: &[u8]) -> Option<(u32, u32)> {
    let rest = rest.strip_prefix(b"\0\0\0\x0dIHDR")?;
    let (width, rest) = rest.split_first_chunk()?;
    Some((u32::from_be_bytes(*width), u32::from_be_bytes(*rest.first_chunk()?)))
}

/// Walks the segments to the first frame header; any number of `FF` may stand in front of a marker.
fn jpeg(mut rest: &[u8]) -> Option<(u32, u32)> {
    loop {
        rest = rest.strip_prefix(b"\xff")?;
        while let [0xff, after @ ..] = rest {
            rest = after;
        }
        let (&marker, after) = rest.split_first()?;
        rest = after;
        match marker {
            // No segment: TEM and restart markers.
            0x01 | 0xd0..=0xd7 => {}
            // A second start, the end, the scan before a frame.
            0x00 | 0xd8..=0xda => return None,
            // SOF0 to SOF15 without DHT, JPG and DAC.
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                let [_, _, _precision, h1, h2, w1, w2, ..] = *rest else { return None };
                return Some((u16::from_be_bytes([w1, w2]).into(), u16::from_be_bytes([h1, h2]).into()));
            }
            _ => {
                let length = usize::from(u16::from_be_bytes(*rest.first_chunk()?));
                if length < 2 {
                    return None;
                }
                rest = rest.get(length..)?;
            }
        }
    }
}

/// Behind `BM`: 12 bytes of file header, then the size of the header and the two sides; a negative height means top-down.
fn bmp(rest: &[u8]) -> Option<(u32, u32)> {
    let (size, rest) = rest.get(12..)?.split_first_chunk()?;
    match u32::from_le_bytes(*size) {
        12 => {
            let [w1, w2, h1, h2, ..] = *rest else { return None };
            Some((u16::from_le_bytes([w1, w2]).into(), u16::from_le_bytes([h1, h2]).into()))
        }
        40 | 52 | 56 | 108 | 124 => {
            let (width, rest) = rest.split_first_chunk()?;
            let width = u32::try_from(i32::from_le_bytes(*width)).ok()?;
            let height = i32::from_le_bytes(*rest.first_chunk()?);
            (height != i32::MIN).then_some((width, height.unsigned_abs()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sizes(bytes: &[u8]) -> Option<(Kind, u32, u32)> {
        Head::read(bytes).map(|head| (head.kind, head.width, head.height))
    }

    #[test]
    fn each_type_is_known_by_its_bytes() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x01\0\0\0\0\x80";
        assert_eq!(sizes(png), Some((Kind::Png, 256, 128)));
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xff\xdb\0\x02\xff\xc2\0\x0b\x08\0\x30\0\x40\x03";
        assert_eq!(sizes(jpeg), Some((Kind::Jpeg, 64, 48)));
        let mut bmp = b"BM0123456789ab\x28\0\0\0\x40\0\0\0\xd0\xff\xff\xff".to_vec();
        assert_eq!(sizes(&bmp), Some((Kind::Bmp, 64, 48)));
        bmp[14..22].copy_from_slice(b"\x0c\0\0\0\x40\0\x30\0");
        assert_eq!(sizes(&bmp), Some((Kind::Bmp, 64, 48)));
    }

    #[test]
    fn what_is_no_picture_has_no_head() {
        for bytes in [
            &b""[..],
            b"BM is how a sentence may begin",
            b"\xff\xd8\xff",
            b"\xff\xd8\xff\xd9",
            b"\xff\xd8\xff\xda\0\x02",
            b"\xff\xd8\xff\xe0\0\x01\xff\xc0\0\x0b\x08\0\x30\0\x40",
            b" \xff\xd8\xff\xc0\0\x0b\x08\0\x30\0\x40",
            b"GIF89a\x01\0\x01\0",
            b"\xff\xd8\xff\xc0\0\x0b\x08\0\0\0\x40",
            b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\0\0\0\0\x80",
        ] {
            assert_eq!(sizes(bytes), None, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(start in prop::sample::select(vec![&b"BM"[..], b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]), rest in any::<Vec<u8>>()) {
            let _ = Head::read(&[start, &rest].concat());
        }
    }
}
