//! Bytes to pixels: JPEG and PNG, recognised by content, measured before they are decoded, turned upright.
//!
//! Docs: specification, section 2. Large photos are decoded smaller at once, without ever holding all of their pixels: a
//! JPEG by fewer terms of each block, in half the time; a PNG by the mean of squares of pixels, row by row. A progressive
//! JPEG holds all terms until its last scan, and an interlaced PNG has its first row complete at the end only: these
//! have to be decoded whole, and are refused by their header where that would take too much memory.

use std::io::{BufRead, Cursor, Seek};

use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use crate::exif::Orientation;
use crate::{FaceError, Settings};

/// An upright picture, 8 bits each of red, green and blue.
pub struct Picture {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
    reduced: f32,
}

impl Picture {
    /// A picture of these pixels, row by row; `None` if there are more or fewer than `width` x `height`, or none.
    pub fn new(width: usize, height: usize, rgb: Vec<u8>) -> Option<Self> {
        let bytes = width.checked_mul(height)?.checked_mul(3)?;
        (bytes > 0 && bytes == rgb.len()).then_some(Self { width, height, rgb, reduced: 1.0 })
    }

    /// Reads a JPEG or PNG.
    pub fn read(photo: &[u8], settings: &Settings) -> Result<Self, FaceError> {
        Self::read_larger(photo, settings, settings.reduced_side.into())
    }

    /// The same, with the longest side at this many pixels or more, if the photo has them.
    pub(crate) fn read_larger(photo: &[u8], settings: &Settings, longest: u64) -> Result<Self, FaceError> {
        if photo.starts_with(b"\xff\xd8\xff") {
            read_jpeg(photo, settings, longest)
        } else if photo.starts_with(b"\x89PNG\r\n\x1a\n") {
            read_png(photo, settings, longest)
        } else {
            Err(FaceError::BadImage)
        }
    }

    /// Pixels across.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Pixels down.
    pub fn height(&self) -> usize {
        self.height
    }

    /// How many pixels of the photo, across, one pixel here stands for; 1 unless the photo was decoded smaller.
    pub fn reduced(&self) -> f32 {
        self.reduced
    }

    /// All pixels, row by row.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// One pixel; black outside.
    pub(crate) fn at(&self, x: isize, y: isize) -> [f32; 3] {
        let inside = |x: isize, y: isize| {
            let (x, y) = (usize::try_from(x).ok()?, usize::try_from(y).ok()?);
            if x >= self.width {
                return None;
            }
            let at = (y.checked_mul(self.width)?.checked_add(x)?).checked_mul(3)?;
            self.rgb.get(at..at + 3)
        };
        match inside(x, y) {
            Some(&[red, green, blue]) => [red, green, blue].map(f32::from),
            _ => [0.0; 3],
        }
    }

    fn upright(self, turn: Orientation) -> Self {
        if turn == Orientation::UPRIGHT {
            return self;
        }
        let (width, height) = if turn.swaps_sides() { (self.height, self.width) } else { (self.width, self.height) };
        let mut rgb = Vec::with_capacity(self.rgb.len());
        for y in 0..height {
            for x in 0..width {
                let (sx, sy) = turn.stored_at(x, y, self.width, self.height);
                let at = (sy * self.width + sx) * 3;
                rgb.extend_from_slice(&self.rgb[at..at + 3]);
            }
        }
        Self { width, height, rgb, reduced: self.reduced }
    }
}

/// Nothing is allocated for a picture before its stated size has passed here.
fn check_size(width: u64, height: u64, settings: &Settings) -> Result<(), FaceError> {
    if width == 0 || height == 0 {
        return Err(FaceError::BadImage);
    }
    let longest = u64::from(settings.max_side);
    if width > longest || height > longest || width.saturating_mul(height) > settings.max_pixels {
        return Err(FaceError::ImageTooLarge);
    }
    if width.min(height) < u64::from(settings.min_side) {
        return Err(FaceError::FaceTooSmall);
    }
    Ok(())
}

fn read_jpeg(photo: &[u8], settings: &Settings, longest: u64) -> Result<Picture, FaceError> {
    // The decoder's own limit is above any side a JPEG can state, so that ours decides and names the reason.
    let options = DecoderOptions::default().set_max_width(1 << 16).set_max_height(1 << 16).jpeg_set_max_scans(64);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(photo), options);
    decoder.decode_headers().map_err(|_| FaceError::BadImage)?;
    let info = decoder.info().ok_or(FaceError::BadImage)?;
    check_size(info.width.into(), info.height.into(), settings)?;
    if !ends_whole(photo) {
        return Err(FaceError::BadImage);
    }
    let grey = match info.components {
        1 => true,
        3 => false,
        _ => return Err(FaceError::BadImage),
    };
    let turn = info.exif_data.as_deref().map_or(Orientation::UPRIGHT, Orientation::read);
    let pixels = u64::from(info.width) * u64::from(info.height);
    if pixels > settings.reduce_pixels.min(settings.decoded_pixels) {
        let longest = affordable(longest, info.width.max(info.height).into(), pixels, settings);
        return Ok(reduce_jpeg(photo, longest, settings)?.upright(turn));
    }
    let space = if grey { ColorSpace::Luma } else { ColorSpace::RGB };
    decoder.set_options(options.jpeg_set_out_colorspace(space));
    let pixels = decoder.decode().map_err(|_| FaceError::BadImage)?;
    let rgb = if grey { spread(&pixels, 1) } else { pixels };
    let picture = Picture::new(info.width.into(), info.height.into(), rgb).ok_or(FaceError::BadImage)?;
    Ok(picture.upright(turn))
}

/// The longest side that is asked for, or less where a photo decoded to that would have too many pixels. Decoders go by
/// halves, so that what is asked for has to fit twice over.
fn affordable(longest: u64, side: u64, pixels: u64, settings: &Settings) -> u64 {
    let mut most = side;
    let mut left = pixels;
    while left > settings.decoded_pixels && most > 1 {
        most /= 2;
        left /= 4;
    }
    longest.min(most)
}

/// Decodes at a half, a quarter or an eighth of the size, whichever is smallest and keeps the longest side at this many
/// pixels; whole if none does.
fn reduce_jpeg(photo: &[u8], longest: u64, settings: &Settings) -> Result<Picture, FaceError> {
    let mut decoder = jpeg_decoder::Decoder::new(Cursor::new(photo));
    decoder.read_info().map_err(|_| FaceError::BadImage)?;
    let info = decoder.info().ok_or(FaceError::BadImage)?;
    // Another decoder than the one that was asked before: it is held to what it has read itself.
    check_size(info.width.into(), info.height.into(), settings)?;
    let pixels = u64::from(info.width) * u64::from(info.height);
    let progressive = info.coding_process == jpeg_decoder::CodingProcess::DctProgressive;
    if progressive && pixels > settings.decoded_pixels {
        return Err(FaceError::ImageTooLarge);
    }
    let longest = u16::try_from(longest).unwrap_or(u16::MAX);
    // The decoder is content when either side is reached, so the shorter is asked for what it never reaches.
    let (across, down) = if info.width >= info.height { (longest, u16::MAX) } else { (u16::MAX, longest) };
    let (across, down) = decoder.scale(across, down).map_err(|_| FaceError::BadImage)?;
    let pixels = decoder.decode().map_err(|_| FaceError::BadImage)?;
    let rgb = match info.pixel_format {
        jpeg_decoder::PixelFormat::L8 => spread(&pixels, 1),
        jpeg_decoder::PixelFormat::RGB24 => pixels,
        jpeg_decoder::PixelFormat::L16 | jpeg_decoder::PixelFormat::CMYK32 => return Err(FaceError::BadImage),
    };
    let picture = Picture::new(across.into(), down.into(), rgb).ok_or(FaceError::BadImage)?;
    Ok(Picture { reduced: f32::from(info.width) / f32::from(across), ..picture })
}

/// Whether the end marker follows the last scan. The decoder paints what is missing grey; half a face in grey would be
/// judged like any other photo. Inside a scan's data the marker cannot occur: there `FF` is always followed by `00`.
fn ends_whole(jpeg: &[u8]) -> bool {
    let last = |mark: [u8; 2]| jpeg.windows(2).rposition(|pair| pair == mark);
    matches!((last([0xff, 0xda]), last([0xff, 0xd9])), (Some(scan), Some(end)) if scan < end)
}

fn read_png(photo: &[u8], settings: &Settings, longest: u64) -> Result<Picture, FaceError> {
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(photo), png::Limits { bytes: 128 << 20 });
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let header = decoder.read_header_info().map_err(|_| FaceError::BadImage)?;
    let (width, height) = (header.width, header.height);
    check_size(width.into(), height.into(), settings)?;
    let pixels = u64::from(width) * u64::from(height);
    let reader = decoder.read_info().map_err(|_| FaceError::BadImage)?;
    if reader.info().interlaced {
        return if pixels > settings.decoded_pixels { Err(FaceError::ImageTooLarge) } else { whole_png(reader) };
    }
    if pixels <= settings.reduce_pixels.min(settings.decoded_pixels) {
        return whole_png(reader);
    }
    let side = width.max(height).into();
    let longest = affordable(longest, side, pixels, settings).max(1);
    let step = [8, 4, 2].into_iter().find(|step| side.div_ceil(*step) >= longest);
    match step.and_then(|step| usize::try_from(step).ok()) {
        Some(step) => reduced_png(reader, step),
        None => whole_png(reader),
    }
}

fn whole_png<R: BufRead + Seek>(mut reader: png::Reader<R>) -> Result<Picture, FaceError> {
    let size = reader.output_buffer_size().ok_or(FaceError::BadImage)?;
    let mut pixels = vec![0; size];
    let frame = reader.next_frame(&mut pixels).map_err(|_| FaceError::BadImage)?;
    reader.finish().map_err(|_| FaceError::BadImage)?;
    pixels.truncate(frame.buffer_size());
    let rgb = match frame.color_type {
        png::ColorType::Grayscale => spread(&pixels, 1),
        png::ColorType::GrayscaleAlpha => spread(&pixels, 2),
        png::ColorType::Rgb => pixels,
        png::ColorType::Rgba => pixels.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect(),
        png::ColorType::Indexed => return Err(FaceError::BadImage),
    };
    let picture = Picture::new(frame.width as usize, frame.height as usize, rgb).ok_or(FaceError::BadImage)?;
    Ok(picture.upright(png_turn(reader.info())))
}

/// Reads row by row, and keeps the mean colour of each square of `step` pixels; at the right and lower edge of what is
/// there of one.
fn reduced_png<R: BufRead + Seek>(mut reader: png::Reader<R>, step: usize) -> Result<Picture, FaceError> {
    let (colour, _) = reader.output_color_type();
    let (width, height) = (reader.info().width as usize, reader.info().height as usize);
    let (across, down) = (width.div_ceil(step), height.div_ceil(step));
    let mut sums = vec![[0_u32; 3]; across];
    let mut rgb = Vec::with_capacity(across * down * 3);
    for y in 0..height {
        let row = reader.next_row().map_err(|_| FaceError::BadImage)?.ok_or(FaceError::BadImage)?;
        let squares = row.data().chunks(step * colour.samples());
        for (sum, square) in sums.iter_mut().zip(squares) {
            for pixel in square.chunks_exact(colour.samples()) {
                let [red, green, blue] = match *pixel {
                    [grey] | [grey, _] => [grey; 3],
                    [red, green, blue, ..] => [red, green, blue],
                    [] => return Err(FaceError::BadImage),
                };
                let [reds, greens, blues] = sum;
                *reds += u32::from(red);
                *greens += u32::from(green);
                *blues += u32::from(blue);
            }
        }
        let rows = y % step + 1;
        if rows == step || y + 1 == height {
            for (x, sum) in sums.iter_mut().enumerate() {
                let count = (rows * step.min(width - x * step)) as u32;
                rgb.extend(sum.map(|part| ((part + count / 2) / count) as u8));
                *sum = [0; 3];
            }
        }
    }
    reader.finish().map_err(|_| FaceError::BadImage)?;
    let picture = Picture::new(across, down, rgb).ok_or(FaceError::BadImage)?;
    let picture = Picture { reduced: width as f32 / across as f32, ..picture };
    Ok(picture.upright(png_turn(reader.info())))
}

fn png_turn(info: &png::Info<'_>) -> Orientation {
    info.exif_metadata.as_deref().map_or(Orientation::UPRIGHT, Orientation::read)
}

/// Grey to three equal colours; `step` bytes a pixel, of which the first is the grey.
fn spread(grey: &[u8], step: usize) -> Vec<u8> {
    grey.chunks_exact(step).flat_map(|pixel| [pixel[0]; 3]).collect()
}

#[cfg(test)]
#[path = "picture_tests.rs"]
mod tests;
