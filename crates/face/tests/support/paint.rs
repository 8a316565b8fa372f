//! Pictures for the tiny networks: their detector sees a face in the middle of anything that is bright enough, and more
//! of them in anything red.

/// Pixels across and down.
pub(crate) const SIDE: u32 = 112;

/// A PNG whose pixels come from their places.
pub(crate) fn png(paint: impl Fn(u32, u32) -> [u8; 3]) -> Vec<u8> {
    let pixels: Vec<u8> =
        (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (x, y))).flat_map(|(x, y)| paint(x, y)).collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, SIDE, SIDE);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header().and_then(|mut writer| writer.write_image_data(&pixels)).expect("a PNG");
    bytes
}

/// Squares of two shades, of this many pixels each.
pub(crate) fn squares(size: u32, dark: u8, bright: u8) -> Vec<u8> {
    png(|x, y| if (x / size + y / size).is_multiple_of(2) { [dark; 3] } else { [bright; 3] })
}

/// Somebody, as far as the tiny networks are concerned.
pub(crate) fn somebody() -> Vec<u8> {
    squares(8, 90, 160)
}

/// The same one in other light.
pub(crate) fn somebody_again() -> Vec<u8> {
    squares(8, 84, 172)
}

/// Somebody else: light where the first is dark.
pub(crate) fn somebody_else() -> Vec<u8> {
    squares(8, 160, 90)
}

/// Nobody: too dark for the detector.
pub(crate) fn nobody() -> Vec<u8> {
    squares(8, 0, 20)
}

/// Several: red.
pub(crate) fn several() -> Vec<u8> {
    png(|x, y| if (x / 8 + y / 8).is_multiple_of(2) { [150, 90, 60] } else { [250, 160, 60] })
}

/// Blurred: one slow change from left to right.
pub(crate) fn blurred() -> Vec<u8> {
    png(|x, _| [u8::try_from(x * 2).unwrap_or(u8::MAX); 3])
}
