//! A picture into a square: shrunk by exact area average or enlarged bilinearly, the rest black.
//!
//! Docs: specification, section 3. Cheaper ways of shrinking move the landmarks by up to a tenth of the eyes' distance.

use crate::picture::Picture;

/// A picture inside a square.
pub(crate) struct Letterbox {
    /// The square's pixels, red, green and blue, row by row.
    pub(crate) rgb: Vec<u8>,
    /// What a distance across the picture was multiplied by.
    pub(crate) sx: f32,
    /// The same, down.
    pub(crate) sy: f32,
}

/// Fits the picture into the top left of a square.
pub(crate) fn letterbox(picture: &Picture, side: usize) -> Letterbox {
    let (width, height) = (picture.width(), picture.height());
    let factor = (side as f64 / width as f64).min(side as f64 / height as f64);
    let scaled = |length: usize| ((length as f64 * factor).round() as usize).clamp(1, side);
    let (nw, nh) = (scaled(width), scaled(height));
    let across = taps(width, nw);
    let down = taps(height, nh);
    let mut rgb = vec![0; side * side * 3];
    let mut row = vec![0.0_f32; width * 3];
    for (target, (first, weights)) in rgb.chunks_exact_mut(side * 3).zip(&down) {
        row.fill(0.0);
        let sources = picture.rgb().chunks_exact(width * 3).skip(*first);
        for (source, weight) in sources.zip(weights) {
            for (sum, &value) in row.iter_mut().zip(source) {
                *sum += weight * f32::from(value);
            }
        }
        for (pixel, (first, weights)) in target.chunks_exact_mut(3).zip(&across) {
            let mut sums = [0.0_f32; 3];
            for (source, weight) in row.chunks_exact(3).skip(*first).zip(weights) {
                for (sum, value) in sums.iter_mut().zip(source) {
                    *sum += weight * value;
                }
            }
            for (byte, sum) in pixel.iter_mut().zip(sums) {
                *byte = sum.round_ties_even().clamp(0.0, 255.0) as u8;
            }
        }
    }
    Letterbox { rgb, sx: nw as f32 / width as f32, sy: nh as f32 / height as f32 }
}

/// A part of the picture, stretched to a square bilinearly, without smoothing even if it is made smaller. The part must
/// be inside the picture.
pub(crate) fn stretch(picture: &Picture, [left, top]: [usize; 2], [width, height]: [usize; 2], side: usize) -> Vec<u8> {
    let taps =
        |from: usize| -> Vec<_> { (0..side).map(|index| linear(from, from as f64 / side as f64, index)).collect() };
    let (across, down) = (taps(width), taps(height));
    let mut rgb = Vec::with_capacity(side * side * 3);
    for (y, rows) in &down {
        for (x, columns) in &across {
            let mut sums = [0.0_f32; 3];
            for (below, row) in rows.iter().enumerate() {
                for (right, column) in columns.iter().enumerate() {
                    let pixel = picture.at((left + x + right) as isize, (top + y + below) as isize);
                    for (sum, value) in sums.iter_mut().zip(pixel) {
                        *sum += row * column * value;
                    }
                }
            }
            rgb.extend(sums.map(|sum| sum.round().clamp(0.0, 255.0) as u8));
        }
    }
    rgb
}

/// For each of `to` pixels: the first of the `from` pixels it is made of, and the share of each.
fn taps(from: usize, to: usize) -> Vec<(usize, Vec<f32>)> {
    let step = from as f64 / to as f64;
    (0..to).map(|index| if from > to { area(from, step, index) } else { linear(from, step, index) }).collect()
}

fn area(from: usize, step: f64, index: usize) -> (usize, Vec<f32>) {
    let start = index as f64 * step;
    let end = (start + step).min(from as f64);
    let first = start as usize;
    let last = (end.ceil() as usize).min(from);
    let covered = |pixel: usize| (end.min((pixel + 1) as f64) - start.max(pixel as f64)).max(0.0);
    let whole: f64 = (first..last).map(covered).sum();
    (first, (first..last).map(|pixel| (covered(pixel) / whole) as f32).collect())
}

/// Pixel centres are at one half; the edge pixel goes on beyond the edge.
fn linear(from: usize, step: f64, index: usize) -> (usize, Vec<f32>) {
    let centre = ((index as f64 + 0.5) * step - 0.5).clamp(0.0, (from - 1) as f64);
    let first = centre as usize;
    let share = (centre - first as f64) as f32;
    if first + 1 < from { (first, vec![1.0 - share, share]) } else { (first, vec![1.0]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: usize, height: usize, values: &[u8]) -> Picture {
        let rgb = values.iter().flat_map(|&value| [value; 3]).collect();
        Picture::new(width, height, rgb).expect("a picture")
    }

    #[test]
    fn shrinking_weighs_each_pixel_by_the_part_covered() {
        // Three pixels into two: each new one is one whole and one half of an old one.
        let boxed = letterbox(&grey(3, 1, &[0, 90, 240]), 2);
        assert_eq!(boxed.rgb[..6], [30, 30, 30, 190, 190, 190]);
        assert_eq!(boxed.rgb[6..], [0; 6]);
    }

    #[test]
    fn enlarging_is_linear_between_pixel_centres() {
        let boxed = letterbox(&grey(2, 1, &[0, 100]), 4);
        let row: Vec<u8> = boxed.rgb.chunks_exact(3).take(4).map(|pixel| pixel[0]).collect();
        assert_eq!(row, [0, 25, 75, 100]);
        assert!((boxed.sx - 2.0).abs() < 1e-6 && (boxed.sy - 2.0).abs() < 1e-6);
    }

    #[test]
    fn shares_add_up_to_one_for_every_size() {
        for (from, to) in [(8192, 320), (321, 320), (48, 640), (1, 1), (7, 2), (1000, 1)] {
            for (first, weights) in taps(from, to) {
                assert!(first + weights.len() <= from && !weights.is_empty());
                assert!((weights.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            }
        }
    }
}
