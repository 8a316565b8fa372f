use super::*;

#[path = "../tests/support/jpeg.rs"]
mod jpeg;

use jpeg::{blocks, progressive_blocks};

/// A PNG of one colour type whose pixels count up.
fn png_of(width: u32, height: u32, colour: png::ColorType, channels: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    let pixels: Vec<u8> = (0..width * height * channels).map(|index| (index % 253) as u8).collect();
    encoder.write_header().and_then(|mut writer| writer.write_image_data(&pixels)).expect("a PNG");
    bytes
}

/// The start of a JPEG that states a size and number of colours, and nothing after it.
fn jpeg_header(width: u16, height: u16, components: u8) -> Vec<u8> {
    let mut bytes = b"\xff\xd8\xff\xc0".to_vec();
    bytes.extend((8 + 3 * u16::from(components)).to_be_bytes());
    bytes.push(8);
    bytes.extend(height.to_be_bytes());
    bytes.extend(width.to_be_bytes());
    bytes.push(components);
    for id in 1..=components {
        bytes.extend([id, 0x11, 0]);
    }
    bytes.extend(b"\xff\xda\x00\x0c\x03\x01\x00\x02\x00\x03\x00\x00\x3f\x00");
    bytes
}

fn read(photo: &[u8]) -> Result<Picture, FaceError> {
    Picture::read(photo, &Settings::default())
}

fn refusal(photo: &[u8]) -> Option<FaceError> {
    read(photo).err()
}

#[test]
fn every_kind_of_png_is_read_as_red_green_blue() {
    use png::ColorType::{Grayscale, GrayscaleAlpha, Rgb, Rgba};
    let second_pixels =
        [(Grayscale, 1, [1, 1, 1]), (GrayscaleAlpha, 2, [2, 2, 2]), (Rgb, 3, [3, 4, 5]), (Rgba, 4, [4, 5, 6])];
    for (colour, channels, want) in second_pixels {
        let picture = read(&png_of(50, 60, colour, channels)).expect("a picture");
        assert_eq!((picture.width(), picture.height()), (50, 60));
        assert_eq!(picture.at(1, 0), want.map(|byte: u8| f32::from(byte)));
        assert_eq!(picture.at(-1, 0), [0.0; 3]);
        assert_eq!(picture.at(50, 0), [0.0; 3]);
        assert_eq!(picture.at(0, 60), [0.0; 3]);
    }
}

#[test]
fn what_is_no_picture_is_refused() {
    for photo in [&b""[..], b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"<svg/>", b"\xff\xd8\xff\xe1\xff\xff"] {
        assert_eq!(refusal(photo), Some(FaceError::BadImage));
    }
}

#[test]
fn a_png_cut_anywhere_is_refused() {
    let whole = png_of(48, 48, png::ColorType::Rgb, 3);
    for end in 0..whole.len() {
        assert_eq!(refusal(&whole[..end]), Some(FaceError::BadImage), "{end} of {}", whole.len());
    }
}

#[test]
fn the_stated_size_is_judged_before_anything_is_decoded() {
    assert_eq!(refusal(&jpeg_header(65535, 65535, 3)), Some(FaceError::ImageTooLarge));
    assert_eq!(refusal(&jpeg_header(8193, 100, 3)), Some(FaceError::ImageTooLarge));
    assert_eq!(refusal(&jpeg_header(8000, 4000, 3)), Some(FaceError::ImageTooLarge));
    assert_eq!(refusal(&jpeg_header(47, 100, 3)), Some(FaceError::FaceTooSmall));
    assert_eq!(refusal(&jpeg_header(1, 1, 3)), Some(FaceError::FaceTooSmall));
    assert_eq!(refusal(&png_of(1, 1, png::ColorType::Rgb, 3)), Some(FaceError::FaceTooSmall));
    let mut huge = png_of(48, 48, png::ColorType::Rgb, 3);
    huge[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    // The header's checksum is wrong now, too: either reason is a refusal before any pixel.
    assert!(matches!(refusal(&huge), Some(FaceError::ImageTooLarge | FaceError::BadImage)));
}

#[test]
fn a_jpeg_without_its_end_is_refused() {
    assert_eq!(refusal(&jpeg_header(100, 100, 3)), Some(FaceError::BadImage));
    assert!(!ends_whole(b"\xff\xd8\xff\xd9\xff\xda\x00"));
    assert!(ends_whole(b"\xff\xd8\xff\xda\x00\xff\xd9trailer"));
}

#[test]
fn four_colours_are_refused() {
    let mut cmyk = jpeg_header(100, 100, 4);
    cmyk.extend(b"\xff\xd9");
    assert_eq!(refusal(&cmyk), Some(FaceError::BadImage));
}

#[test]
fn a_picture_has_exactly_its_pixels() {
    assert!(Picture::new(2, 2, vec![0; 12]).is_some());
    assert!(Picture::new(2, 2, vec![0; 11]).is_none());
    assert!(Picture::new(0, 2, Vec::new()).is_none());
    assert!(Picture::new(usize::MAX, 2, Vec::new()).is_none());
}

#[test]
fn a_large_jpeg_is_decoded_smaller_and_says_so() {
    let photo = blocks(60, 40, |x, y| (x * 5 + y) % 200 + 20);
    let read = |reduce_pixels, longest| {
        let settings = Settings { reduce_pixels, ..Settings::default() };
        Picture::read_larger(&photo, &settings, longest).expect("a picture")
    };
    let whole = read(480 * 320, 60);
    assert_eq!((whole.width(), whole.height(), whole.reduced()), (480, 320, 1.0));
    for (longest, width) in [(60, 60), (61, 120), (121, 240), (241, 480), (9000, 480)] {
        let small = read(480 * 320 - 1, longest);
        assert_eq!((small.width(), small.height()), (width, width * 2 / 3), "{longest}");
        let step = 480 / width;
        assert!((small.reduced() - step as f32).abs() < 1e-6);
        for (x, y) in [(0, 0), (59, 39), (30, 7)] {
            let shade = |picture: &Picture, side: usize| picture.at((x * side) as isize, (y * side) as isize)[0];
            assert!((shade(&small, 8 / step) - shade(&whole, 8)).abs() <= 1.0, "{longest}: {x}, {y}");
        }
    }
}

#[test]
fn a_large_jpeg_without_its_end_is_refused_too() {
    let settings = Settings { reduce_pixels: 0, ..Settings::default() };
    let photo = blocks(20, 20, |x, _| x * 9);
    assert!(Picture::read(&photo, &settings).is_ok());
    for cut in [40, 140, photo.len() - 2] {
        assert_eq!(Picture::read(&photo[..cut], &settings).err(), Some(FaceError::BadImage));
    }
}

#[test]
fn a_large_png_is_read_as_the_means_of_squares_and_says_so() {
    use png::ColorType::{Grayscale, GrayscaleAlpha, Rgb, Rgba};
    // A side that no square divides.
    let (width, height) = (101_usize, 50_usize);
    for (colour, channels) in [(Grayscale, 1), (GrayscaleAlpha, 2), (Rgb, 3), (Rgba, 4)] {
        let photo = png_of(101, 50, colour, channels);
        let read = |reduce_pixels, longest| {
            let settings = Settings { reduce_pixels, ..Settings::default() };
            Picture::read_larger(&photo, &settings, longest).expect("a picture")
        };
        let whole = read(101 * 50, 1);
        assert_eq!((whole.width(), whole.reduced()), (width, 1.0));
        for (longest, step) in [(1, 8), (13, 8), (14, 4), (26, 4), (27, 2), (51, 2), (52, 1)] {
            let small = read(101 * 50 - 1, longest);
            assert_eq!((small.width(), small.height()), (width.div_ceil(step), height.div_ceil(step)), "{longest}");
            assert!((small.reduced() - 101.0 / small.width() as f32).abs() < 1e-6);
            for (x, y) in [(0, 0), (small.width() - 1, 1), (3, small.height() - 1)] {
                let (from_x, from_y) = (x * step, y * step);
                let (to_x, to_y) = ((from_x + step).min(width), (from_y + step).min(height));
                let mut sum = 0.0;
                for place in (from_y..to_y).flat_map(|y| (from_x..to_x).map(move |x| (x as isize, y as isize))) {
                    sum += whole.at(place.0, place.1)[0];
                }
                let mean = sum / ((to_x - from_x) * (to_y - from_y)) as f32;
                assert!((small.at(x as isize, y as isize)[0] - mean).abs() <= 0.5, "{colour:?} {step}: {x}, {y}");
            }
        }
    }
}

#[test]
fn a_large_png_cut_anywhere_is_refused_too() {
    let settings = Settings { reduce_pixels: 0, reduced_side: 8, ..Settings::default() };
    let whole = png_of(64, 64, png::ColorType::Rgb, 3);
    assert_eq!(Picture::read(&whole, &settings).map(|picture| picture.width()), Ok(8));
    for end in 0..whole.len() {
        assert_eq!(Picture::read(&whole[..end], &settings).err(), Some(FaceError::BadImage), "{end}");
    }
}

#[test]
fn no_more_pixels_are_decoded_at_once_than_the_setting_says() {
    let settings = Settings { decoded_pixels: 480 * 320 / 4, ..Settings::default() };
    let png = png_of(480, 320, png::ColorType::Rgb, 3);
    for photo in [blocks(60, 40, |x, y| x + y), png] {
        for longest in [60, 240, 480, 9000] {
            let picture = Picture::read_larger(&photo, &settings, longest).expect("a picture");
            assert!(picture.width() <= 240 && picture.width() as u64 >= longest.min(240), "{longest}");
        }
    }
}

#[test]
fn a_progressive_jpeg_is_decoded_whole_and_refused_where_that_is_too_much() {
    let photo = progressive_blocks(60, 40, |x, y| (x * 5 + y) % 200 + 20);
    let baseline = blocks(60, 40, |x, y| (x * 5 + y) % 200 + 20);
    let read = |photo: &[u8], reduce_pixels, decoded_pixels| {
        Picture::read_larger(photo, &Settings { reduce_pixels, decoded_pixels, ..Settings::default() }, 60)
    };
    for reduce_pixels in [1, 480 * 320] {
        let [one, other] = [&photo, &baseline].map(|photo| read(photo, reduce_pixels, 480 * 320).expect("a picture"));
        assert_eq!((one.width(), one.rgb()), (other.width(), other.rgb()));
    }
    assert_eq!(read(&photo, 1, 480 * 320 - 1).err(), Some(FaceError::ImageTooLarge));
    assert_eq!(read(&photo, u64::MAX, 480 * 320 - 1).err(), Some(FaceError::ImageTooLarge));
    assert!(read(&baseline, 1, 480 * 320 - 1).is_ok());
}

#[test]
fn a_large_interlaced_png_is_refused_by_its_header() {
    let mut photo = png_of(64, 64, png::ColorType::Rgb, 3);
    photo[28] = 1;
    let sum = checksum(&photo[12..29]);
    photo[29..33].copy_from_slice(&sum.to_be_bytes());
    let read = |decoded_pixels| Picture::read(&photo, &Settings { decoded_pixels, ..Settings::default() }).err();
    assert_eq!(read(64 * 64 - 1), Some(FaceError::ImageTooLarge));
    assert_eq!(read(64 * 64), Some(FaceError::BadImage), "it is looked at, and its rows are not interlaced");
}

/// A chunk's checksum: CRC-32.
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 })
    })
}
