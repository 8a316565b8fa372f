//! Whether a picture can be read: decoded to its last row, within bounds.
//!
//! Docs: Alibaba Cloud specification, section 7.2, and Volcengine specification, section 3.1, which have the structure
//! walked at the door; whether a decoder gets through is found out here.

use std::io::Cursor;

use shiming_core::submit::{Judgement, Media};
use shiming_wire::image_head::{Head, Kind};
use zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions};
use zune_jpeg::JpegDecoder;

use super::scans;

/// Larger pictures are not decoded: a person looks. A decoder takes some bytes for each pixel.
const MOST_PIXELS: u64 = 16_000_000;

const READ: (Judgement, &str) = (Judgement::Clear, "can be read");
const BROKEN: (Judgement, &str) = (Judgement::Bad, "cannot be decoded");
const DAMAGED: (Judgement, &str) = (Judgement::Doubt, "damaged, and read in part");

/// Looks at a picture that is said to be written in this.
pub(super) fn look(media: Media, bytes: &[u8]) -> (Judgement, &'static str) {
    if media == Media::Pdf {
        // Its structure was walked at the door; nothing here renders it.
        return (Judgement::Doubt, "a document, and not looked at here");
    }
    let Some(head) = Head::read(bytes) else { return BROKEN };
    if u64::from(head.width) * u64::from(head.height) > MOST_PIXELS {
        return (Judgement::Doubt, "too large to be decoded here");
    }
    match (media, head.kind) {
        (Media::Jpeg, Kind::Jpeg) => jpeg(bytes, head),
        (Media::Png, Kind::Png) => png(bytes).map_or(BROKEN, |()| READ),
        (Media::Bmp, Kind::Bmp) => bmp(bytes, head),
        _ => (Judgement::Bad, "written in something else than is said"),
    }
}

/// Strictly first; what only a lenient decoder reads is damaged. Rows that are missing inside a scan no decoder tells of: it
/// paints them, so the scans are walked besides.
fn jpeg(bytes: &[u8], head: Head) -> (Judgement, &'static str) {
    match decode_jpeg(bytes, head, true) {
        Some(()) if scans::all_there(bytes) => READ,
        None if decode_jpeg(bytes, head, false).is_none() => BROKEN,
        _ => DAMAGED,
    }
}

/// The decoder walks the segments in a way of its own, and may find another frame than the one that was measured. A larger one it
/// does not read.
fn decode_jpeg(bytes: &[u8], head: Head, strictly: bool) -> Option<()> {
    let options = DecoderOptions::default()
        .set_max_width(usize::try_from(head.width).ok()?)
        .set_max_height(usize::try_from(head.height).ok()?)
        .set_strict_mode(strictly)
        .jpeg_set_max_scans(scans::MOST_SCANS);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().ok()?;
    let space = match decoder.info()?.components {
        1 => ColorSpace::Luma,
        3 => ColorSpace::RGB,
        // A scanner's: four inks, left as they are.
        _ => decoder.input_colorspace()?,
    };
    decoder.set_options(options.jpeg_set_out_colorspace(space));
    decoder.decode().ok().map(drop)
}

/// Row by row, so that no more than two rows are in memory.
fn png(bytes: &[u8]) -> Option<()> {
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: 64 << 20 });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let mut reader = decoder.read_info().ok()?;
    while reader.next_row().ok()?.is_some() {}
    reader.finish().ok()
}

/// A bitmap is its rows: all of them are there, or not. One that is compressed a person looks at.
fn bmp(bytes: &[u8], head: Head) -> (Judgement, &'static str) {
    let number = |at: usize| bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map(u32::from_le_bytes);
    let short = |at: usize| bytes.get(at..at + 2).and_then(|two| two.try_into().ok()).map(u16::from_le_bytes);
    let (Some(offset), Some(size)) = (number(10), number(14)) else { return BROKEN };
    let (bits, compression) = if size == 12 { (short(24), Some(0)) } else { (short(28), number(30)) };
    let (Some(bits), Some(compression)) = (bits, compression) else { return BROKEN };
    match (compression, bits) {
        (1 | 2, 4 | 8) => return (Judgement::Doubt, "compressed, and not decoded here"),
        (0 | 3 | 6, 1 | 4 | 8 | 16 | 24 | 32) => {}
        _ => return BROKEN,
    }
    let row = (u64::from(head.width) * u64::from(bits)).div_ceil(32) * 4;
    let end = u64::from(offset) + row * u64::from(head.height);
    if u64::try_from(bytes.len()).is_ok_and(|len| end <= len) { READ } else { BROKEN }
}

#[cfg(test)]
pub(super) mod tests {
    use base64::{Engine, prelude::BASE64_STANDARD};
    use proptest::prelude::*;

    use super::*;

    /// A gradient of 24 by 16 pixels.
    const JPEG: &str = include_str!("gradient.base64");

    pub(in crate::prechecks) fn a_jpeg() -> Vec<u8> {
        BASE64_STANDARD.decode(JPEG).unwrap()
    }

    pub(in crate::prechecks) fn a_png(shade: u8) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 24, 16);
        encoder.set_color(png::ColorType::Rgb);
        let pixels: Vec<u8> = (0..24 * 16 * 3_usize).map(|at| (at % 251).to_le_bytes()[0] ^ shade).collect();
        encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
        bytes
    }

    fn a_bmp(bits: u8, compression: u8) -> Vec<u8> {
        let mut bytes = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x18\0\0\0\x10\0\0\0\x01\0".to_vec();
        bytes.extend([bits, 0, compression]);
        bytes.resize(0x36, 0);
        bytes.resize(0x36 + 16 * (24 * usize::from(bits)).div_ceil(32) * 4, 7);
        bytes
    }

    #[test]
    fn whole_pictures_are_read() {
        assert_eq!(look(Media::Jpeg, &a_jpeg()), READ);
        assert_eq!(look(Media::Jpeg, &[a_jpeg(), b"trailing".to_vec()].concat()), READ);
        assert_eq!(look(Media::Png, &a_png(0)), READ);
        for bits in [1, 4, 8, 16, 24, 32] {
            assert_eq!(look(Media::Bmp, &a_bmp(bits, 0)), READ, "{bits}");
        }
    }

    #[test]
    fn what_is_cut_is_never_clear() {
        for (media, whole) in [(Media::Jpeg, a_jpeg()), (Media::Png, a_png(0)), (Media::Bmp, a_bmp(24, 0))] {
            for cut in [whole.len() - 1, whole.len() / 2, 30, 0] {
                let (judgement, _) = look(media, &whole[..cut]);
                assert_ne!(judgement, Judgement::Clear, "{media:?} cut to {cut}");
            }
        }
    }

    /// What a program leaves that was stopped, and another has put the end behind it: no decoder minds.
    #[test]
    fn rows_that_are_missing_inside_a_scan_are_never_clear() {
        let whole = a_jpeg();
        let data = whole.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap() + 14;
        for cut in data..whole.len() - 2 {
            let painted = [&whole[..cut], b"\xff\xd9"].concat();
            assert_ne!(look(Media::Jpeg, &painted).0, Judgement::Clear, "{cut} of {}", whole.len());
        }
        let painted = [&whole[..whole.len() - 8], b"\xff\xd9"].concat();
        assert_eq!(look(Media::Jpeg, &painted), DAMAGED);
    }

    #[test]
    fn a_picture_under_anothers_name_is_bad() {
        assert_eq!(look(Media::Png, &a_jpeg()).0, Judgement::Bad);
        assert_eq!(look(Media::Jpeg, &a_png(0)).0, Judgement::Bad);
        assert_eq!(look(Media::Bmp, b"not a picture at all").0, Judgement::Bad);
        assert_eq!(look(Media::Pdf, &a_png(0)).0, Judgement::Doubt, "nobody has looked");
    }

    #[test]
    fn what_a_bitmap_may_be_otherwise_is_said() {
        assert_eq!(look(Media::Bmp, &a_bmp(8, 1)).0, Judgement::Doubt);
        assert_eq!(look(Media::Bmp, &a_bmp(7, 0)).0, Judgement::Bad);
        assert_eq!(look(Media::Bmp, &a_bmp(24, 4)).0, Judgement::Bad, "a JPEG inside");
    }

    #[test]
    fn a_bomb_is_not_decoded() {
        let mut bomb = a_png(0);
        bomb[16..24].copy_from_slice(&[0, 0, 0x40, 0, 0, 0, 0x40, 0]);
        assert_eq!(look(Media::Png, &bomb), (Judgement::Doubt, "too large to be decoded here"));
    }

    /// `FF01` is a marker alone, and to the decoder a segment with a length. What it would skip by that holds a frame for us.
    #[test]
    fn a_bomb_behind_a_frame_that_only_we_see_is_not_decoded() {
        let frame = b"\xff\xc0\0\x0b\x08\0\x10\0\x18\x01\x01\x11\0";
        let mut hidden = frame.to_vec();
        hidden.resize(0xffc0, 0);
        let mut bomb = a_jpeg();
        let size = bomb.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap() + 5;
        bomb[size..size + 4].copy_from_slice(&[0x10, 0, 0x10, 0]);
        bomb.splice(2..2, [b"\xff\x01", &hidden[..]].concat());
        assert_eq!(Head::read(&bomb).map(|head| (head.width, head.height)), Some((24, 16)));
        assert_eq!(look(Media::Jpeg, &bomb), BROKEN);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_spoilt_picture_panics(at: prop::sample::Index, byte: u8, which in 0..3_usize) {
            let (media, mut bytes) =
                [(Media::Jpeg, a_jpeg()), (Media::Png, a_png(0)), (Media::Bmp, a_bmp(24, 0))][which].clone();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = look(media, &bytes);
        }
    }
}
