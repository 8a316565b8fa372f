//! What a photo of 25 megapixels takes. A program of its own, so that its memory is this photo's alone.

#[path = "support/jpeg.rs"]
mod jpeg;

use std::fs;
use std::path::Path;

use shiming_face::{Engine, Settings};

/// The most memory that this process has had, in bytes.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// Its pixels would take 75 MB; decoded at a quarter of its size it takes a few.
#[test]
fn a_photo_of_25_megapixels_takes_less_than_its_pixels() {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tiny");
    let engine = Engine::open(&models, Settings { embedder: "tiny".to_owned(), ..Settings::default() });
    let engine = engine.expect("an engine");
    // 5000 x 5000: squares of ten blocks.
    let photo = jpeg::blocks(625, 625, |x, y| if (x / 10 + y / 10) % 2 == 0 { 90 } else { 160 });
    let Some(before) = peak() else { return };
    let report = engine.analyse(&photo).expect("a face");
    assert!(report.quality.iod > 1000.0, "told in pixels of the photo: {}", report.quality.iod);
    let took = peak().unwrap_or(u64::MAX) - before;
    assert!(took < 32 << 20, "{} MB", took >> 20);
}
