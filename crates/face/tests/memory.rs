//! What the largest photos take. A program of its own, so that its memory is these photos' alone.

#[path = "support/jpeg.rs"]
mod jpeg;

use std::fs;
use std::io::Write as _;
use std::path::Path;

use shiming_face::{Engine, FaceError, Settings};

/// The most memory that this process has had, in bytes.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// Squares of ten blocks.
fn squares(x: u16, y: u16) -> u8 {
    if (x / 10 + y / 10).is_multiple_of(2) { 90 } else { 160 }
}

/// The same squares in colour, in a PNG that is written row by row.
fn png(side: u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side.into(), side.into());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().expect("a header");
    let mut rows = writer.stream_writer().expect("a writer");
    for y in 0..side {
        let row: Vec<u8> = (0..side).map(|x| squares(x / 8, y / 8)).flat_map(|shade| [shade; 3]).collect();
        rows.write_all(&row).expect("a row");
    }
    rows.finish().expect("an end");
    drop(writer);
    bytes
}

/// The pixels of one of 25 megapixels would take 75 MB; decoded at a quarter of its size it takes a few. Of a JPEG the
/// coefficients wait besides for the decoder's other threads, more or less of them as these get their turn: beside other
/// load that came to 21 MB. What can only be decoded whole is refused above 8 megapixels: its coefficients are 16 MB, and as
/// much may wait.
#[test]
fn photos_of_25_megapixels_take_less_than_their_pixels() {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tiny");
    let engine = Engine::open(&models, Settings { embedder: "tiny".to_owned(), ..Settings::default() });
    let engine = engine.expect("an engine");
    let shades = |x, y| squares(x, y).into();
    let jpeg = jpeg::blocks(625, 625, shades);
    let png = png(5000);
    // 2800 x 2800.
    let progressive = jpeg::progressive_blocks(350, 350, shades);
    let too_large = jpeg::progressive_blocks(625, 625, shades);
    let Some(before) = peak() else { return };
    for (what, photo, iod, most) in [
        // A peak is that of all before too: the least comes first.
        ("PNG", &png, 1000.0, 16 << 20),
        ("JPEG", &jpeg, 1000.0, 40 << 20),
        ("progressive JPEG", &progressive, 500.0, 40 << 20),
    ] {
        let report = engine.analyse(photo).expect(what);
        assert!(report.quality.iod > iod, "{what}: told in pixels of the photo: {}", report.quality.iod);
        let took = peak().unwrap_or(u64::MAX) - before;
        assert!(took < most, "{what}: {} MB", took >> 20);
    }
    let whole = peak().unwrap_or(u64::MAX);
    assert_eq!(engine.analyse(&too_large).err(), Some(FaceError::ImageTooLarge));
    let took = peak().unwrap_or(u64::MAX) - whole;
    assert!(took < 1 << 20, "{} kB to refuse one", took >> 10);
}
