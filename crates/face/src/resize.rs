//! A picture into a square: shrunk by exact area average or enlarged bilinearly, the rest black.
//!
//! Docs: specification, section 3. Cheaper ways of shrinking move the landmarks by up to a tenth of the eyes' distance.

use crate::picture::Picture;

/// A picture inside a square.
pub(crate) struct Letterbox {
    /// The square's blue, green and red, as whole numbers: what a detector takes.
    pub(crate) planes: Vec<f32>,
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
    let mut planes = vec![0.0; side * side * 3];
    let (blue, rest) = planes.split_at_mut(side * side);
    let (green, red) = rest.split_at_mut(side * side);
    let targets = blue.chunks_exact_mut(side).zip(green.chunks_exact_mut(side)).zip(red.chunks_exact_mut(side));
    let mut row = vec![0.0_f32; width * 3];
    for (((blue, green), red), (first, weights)) in targets.zip(&down) {
        let mut sources = picture.rgb().chunks_exact(width * 3).skip(*first).zip(weights);
        if let Some((source, weight)) = sources.next() {
            for (sum, &value) in row.iter_mut().zip(source) {
                *sum = weight * f32::from(value);
            }
        }
        for (source, weight) in sources {
            for (sum, &value) in row.iter_mut().zip(source) {
                *sum += weight * f32::from(value);
            }
        }
        let pixels = row.as_chunks::<3>().0;
        let targets = blue.iter_mut().zip(green).zip(red);
        for (((blue, green), red), (first, weights)) in targets.zip(&across) {
            let mut sums = [0.0_f32; 3];
            for (pixel, weight) in pixels.iter().skip(*first).zip(weights) {
                for (sum, value) in sums.iter_mut().zip(pixel) {
                    *sum += weight * value;
                }
            }
            [*red, *green, *blue] = sums.map(whole);
        }
    }
    Letterbox { planes, sx: nw as f32 / width as f32, sy: nh as f32 / height as f32 }
}

/// The whole number nearest to one between 0 and a few hundred, of two the even one; `round_ties_even` is a call where the
/// processor's instruction for it is not taken for granted.
fn whole(value: f32) -> f32 {
    // From here on a `f32` has no places behind the point.
    const WHOLE: f32 = 12_582_912.0;
    (value + WHOLE) - WHOLE
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
        assert_eq!(boxed.planes, [30.0, 190.0, 0.0, 0.0].repeat(3));
    }

    #[test]
    fn enlarging_is_linear_between_pixel_centres() {
        let boxed = letterbox(&grey(2, 1, &[0, 100]), 4);
        assert_eq!(boxed.planes[..4], [0.0, 25.0, 75.0, 100.0]);
        assert!((boxed.sx - 2.0).abs() < 1e-6 && (boxed.sy - 2.0).abs() < 1e-6);
    }

    #[test]
    fn blue_comes_first() {
        let picture = Picture::new(1, 1, vec![10, 20, 30]).expect("a picture");
        assert_eq!(letterbox(&picture, 1).planes, [30.0, 20.0, 10.0]);
    }

    #[test]
    fn numbers_are_rounded_to_the_nearest_whole_one() {
        for hundredths in 0..25_600 {
            let value = hundredths as f32 / 100.0;
            assert_eq!(whole(value), value.round_ties_even(), "{value}");
        }
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
