//! Whether bytes are a whole picture of a type that is taken, without decoding it. Docs: China identity specification, sections
//! 7.1 and 7.3.
//!
//! The end of a JPEG is found by walking its data: a search for the last two bytes would miss what phones append, and a search
//! for the first end would find a thumbnail's. What follows the end is nobody's business: trailers are usual.

use crate::image_head::{Head, Kind};

/// Most pixels a side.
const MAX_SIDE: u32 = 10_000;
/// Most pixels in all.
const MAX_PIXELS: u64 = 40_000_000;

/// Why bytes are no picture that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// Neither JPEG nor PNG, by the first bytes.
    Type,
    /// It breaks off, or its parts do not follow one another.
    Broken,
    /// More pixels than anybody photographs.
    TooManyPixels,
}

/// The type of a whole picture.
pub(super) fn whole(bytes: &[u8]) -> Result<Kind, Flaw> {
    let kind = match bytes {
        [0xff, 0xd8, 0xff, ..] => Kind::Jpeg,
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Kind::Png,
        _ => return Err(Flaw::Type),
    };
    let head = Head::read(bytes).ok_or(Flaw::Broken)?;
    if head.width > MAX_SIDE || head.height > MAX_SIDE || u64::from(head.width) * u64::from(head.height) > MAX_PIXELS {
        return Err(Flaw::TooManyPixels);
    }
    let complete = match kind {
        Kind::Png => bytes.get(8..).and_then(png),
        _ => bytes.get(2..).and_then(jpeg),
    };
    complete.map(|()| kind).ok_or(Flaw::Broken)
}

/// Walks the chunks behind the signature: `IHDR` has been read, then data, then the end.
fn png(mut rest: &[u8]) -> Option<()> {
    let mut data = false;
    loop {
        let (length, behind) = rest.split_first_chunk()?;
        let (kind, behind) = behind.split_first_chunk::<4>()?;
        // The chunk's check sum is for whoever decodes it.
        rest = behind.get(usize::try_from(u32::from_be_bytes(*length)).ok()?..)?.get(4..)?;
        match kind {
            b"IDAT" => data = true,
            b"IEND" => return data.then_some(()),
            other if other.iter().all(u8::is_ascii_alphabetic) => {}
            _ => return None,
        }
    }
}

/// Walks the segments behind the start: a frame that every decoder reads, then scans, then the end.
fn jpeg(mut rest: &[u8]) -> Option<()> {
    let (mut framed, mut scanned) = (false, false);
    loop {
        let (marker, behind) = marker(rest)?;
        rest = behind;
        match marker {
            0x01 | 0xd0..=0xd7 => continue,
            0xd9 => return scanned.then_some(()),
            0xc0..=0xc2 if framed || frame(rest).is_none() => return None,
            0xc0..=0xc2 => framed = true,
            // No marker, a second start; and lossless, differential and arithmetic frames, which the usual decoders do not read.
            0x00 | 0xd8 | 0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => return None,
            _ => {}
        }
        let length = usize::from(u16::from_be_bytes(*rest.first_chunk()?));
        rest = rest.get(length..).filter(|_| length >= 2)?;
        if marker == 0xda {
            scanned = framed;
            rest = behind_scan(rest).filter(|_| framed)?;
        }
    }
}

/// The marker that is next, and what is behind it; any number of `FF` may stand in front.
fn marker(rest: &[u8]) -> Option<(u8, &[u8])> {
    let mut rest = rest.strip_prefix(b"\xff")?;
    while let [0xff, behind @ ..] = rest {
        rest = behind;
    }
    rest.split_first().map(|(marker, behind)| (*marker, behind))
}

/// A frame header: eight bits, one, three or four components, and both sides.
fn frame(rest: &[u8]) -> Option<()> {
    let [_, _, precision, h1, h2, w1, w2, components, ..] = *rest else { return None };
    let sides = [h1, h2] != [0, 0] && [w1, w2] != [0, 0];
    (precision == 8 && sides && matches!(components, 1 | 3 | 4)).then_some(())
}

/// What follows a scan's data: in it, `FF` is data only before `00`, a restart marker or another `FF`.
fn behind_scan(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        rest = rest.get(memchr::memchr(0xff, rest)?..)?;
        match rest.get(1)? {
            0x00 | 0xd0..=0xd7 => rest = rest.get(2..)?,
            0xff => rest = rest.get(1..)?,
            _ => return Some(rest),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::volcengine::samples::{jpeg_of, png_of};

    #[test]
    fn whole_pictures_are_taken_with_whatever_follows_them() {
        for (bytes, kind) in [(png_of(100), Kind::Png), (jpeg_of(100), Kind::Jpeg)] {
            assert_eq!(whole(&bytes), Ok(kind));
            assert_eq!(whole(&[&bytes[..], b"<script>", &bytes[..]].concat()), Ok(kind));
        }
    }

    #[test]
    fn a_picture_that_ends_anywhere_before_its_end_is_broken() {
        for bytes in [png_of(100), jpeg_of(100)] {
            for length in 8..bytes.len() {
                assert_eq!(whole(&bytes[..length]), Err(Flaw::Broken), "{length}");
            }
        }
    }

    #[test]
    fn other_types_are_told_apart() {
        for bytes in [&b""[..], b"GIF89a", b"BM", b" \xff\xd8\xff", b"%PDF-1.7", b"\xff\xd8", b"\x89PNG\r\n"] {
            assert_eq!(whole(bytes), Err(Flaw::Type));
        }
    }

    #[test]
    fn bombs_are_known_by_their_heads() {
        let mut png = png_of(100);
        png[16..24].copy_from_slice(b"\0\0\x27\x11\0\0\0\x01");
        assert_eq!(whole(&png), Err(Flaw::TooManyPixels), "10001 across");
        png[16..24].copy_from_slice(b"\0\0\x27\x10\0\0\x0f\xa1");
        assert_eq!(whole(&png), Err(Flaw::TooManyPixels), "10000 by 4001");
        png[16..24].copy_from_slice(b"\0\0\x27\x10\0\0\x0f\xa0");
        assert_eq!(whole(&png), Ok(Kind::Png), "10000 by 4000");
        png[16..24].copy_from_slice(b"\0\0\0\0\0\0\0\x01");
        assert_eq!(whole(&png), Err(Flaw::Broken), "nothing across");
    }

    #[test]
    fn frames_that_decoders_do_not_read_are_refused() {
        let good = jpeg_of(100);
        let sof = good.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
        for (at, byte) in [(1, 0xc3), (1, 0xc9), (4, 12), (9, 2), (1, 0xd8)] {
            let mut bad = good.clone();
            bad[sof + at] = byte;
            assert_eq!(whole(&bad), Err(Flaw::Broken), "{at} {byte}");
        }
    }

    #[test]
    fn a_thumbnails_end_is_not_the_pictures() {
        let mut bytes = jpeg_of(100);
        bytes.splice(2..2, *b"\xff\xe1\0\x08\xff\xd8\xff\xd9ab");
        assert_eq!(whole(&bytes), Ok(Kind::Jpeg));
        bytes.truncate(bytes.len() - 2);
        assert_eq!(whole(&bytes), Err(Flaw::Broken));
    }

    #[test]
    fn data_without_a_picture_is_refused() {
        assert_eq!(whole(b"\xff\xd8\xff\xc0\0\x0b\x08\0\x30\0\x40\x01\x01\x11\0\xff\xd9"), Err(Flaw::Broken));
        let mut png = png_of(100);
        let idat = png.windows(4).position(|four| four == b"IDAT").unwrap();
        png[idat..idat + 4].copy_from_slice(b"tEXt");
        assert_eq!(whole(&png), Err(Flaw::Broken));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(start in prop::sample::select(vec![png_of(40), jpeg_of(40)]), rest in any::<Vec<u8>>(), cut in 0_usize..120) {
            let _ = whole(&[start.get(..cut).unwrap_or(&start), &rest].concat());
        }
    }
}
