//! Bytes to pixels: JPEG and PNG, recognised by content, measured before they are decoded, turned upright.
//!
//! Docs: specification, section 2. Large JPEG photos are decoded smaller at once, by fewer terms of each block: in half
//! the time, and without ever holding all of their pixels.

use std::io::Cursor;

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
            read_png(photo, settings)
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
    if u64::from(info.width) * u64::from(info.height) > settings.reduce_pixels {
        return Ok(reduce_jpeg(photo, info.width, longest)?.upright(turn));
    }
    let space = if grey { ColorSpace::Luma } else { ColorSpace::RGB };
    decoder.set_options(options.jpeg_set_out_colorspace(space));
    let pixels = decoder.decode().map_err(|_| FaceError::BadImage)?;
    let rgb = if grey { spread(&pixels, 1) } else { pixels };
    let picture = Picture::new(info.width.into(), info.height.into(), rgb).ok_or(FaceError::BadImage)?;
    Ok(picture.upright(turn))
}

/// Decodes at a half, a quarter or an eighth of the size, whichever is smallest and keeps the longest side at this many
/// pixels; whole if none does.
fn reduce_jpeg(photo: &[u8], width: u16, longest: u64) -> Result<Picture, FaceError> {
    let mut decoder = jpeg_decoder::Decoder::new(Cursor::new(photo));
    decoder.read_info().map_err(|_| FaceError::BadImage)?;
    let info = decoder.info().ok_or(FaceError::BadImage)?;
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
    Ok(Picture { reduced: f32::from(width) / f32::from(across), ..picture })
}

/// Whether the end marker follows the last scan. The decoder paints what is missing grey; half a face in grey would be
/// judged like any other photo. Inside a scan's data the marker cannot occur: there `FF` is always followed by `00`.
fn ends_whole(jpeg: &[u8]) -> bool {
    let last = |mark: [u8; 2]| jpeg.windows(2).rposition(|pair| pair == mark);
    matches!((last([0xff, 0xda]), last([0xff, 0xd9])), (Some(scan), Some(end)) if scan < end)
}

fn read_png(photo: &[u8], settings: &Settings) -> Result<Picture, FaceError> {
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(photo), png::Limits { bytes: 128 << 20 });
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let header = decoder.read_header_info().map_err(|_| FaceError::BadImage)?;
    let (width, height) = (header.width, header.height);
    check_size(width.into(), height.into(), settings)?;
    let mut reader = decoder.read_info().map_err(|_| FaceError::BadImage)?;
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
    let turn = reader.info().exif_metadata.as_deref().map_or(Orientation::UPRIGHT, Orientation::read);
    let picture = Picture::new(width as usize, height as usize, rgb).ok_or(FaceError::BadImage)?;
    Ok(picture.upright(turn))
}

/// Grey to three equal colours; `step` bytes a pixel, of which the first is the grey.
fn spread(grey: &[u8], step: usize) -> Vec<u8> {
    grey.chunks_exact(step).flat_map(|pixel| [pixel[0]; 3]).collect()
}

#[cfg(test)]
#[path = "picture_tests.rs"]
mod tests;
