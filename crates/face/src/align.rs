//! Turning, scaling and shifting a face so that its landmarks lie where the networks expect them.
//!
//! Docs: specification, section 5.

use crate::detect::{Landmarks, Point};
use crate::picture::Picture;

/// A rotation, a scale and a shift: `x' = a x - b y + tx`, `y' = b x + a y + ty`. It never mirrors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Similarity {
    a: f64,
    b: f64,
    tx: f64,
    ty: f64,
}

impl Similarity {
    /// The one that brings `from` nearest to `to` by least squares; `None` if all points of `from` are one.
    pub fn between(from: &Landmarks, to: &Landmarks) -> Option<Self> {
        let (fx, fy) = mean(from);
        let (tx, ty) = mean(to);
        let (mut norm, mut a, mut b) = (0.0, 0.0, 0.0);
        for (from, to) in from.iter().zip(to) {
            let (px, py) = (f64::from(from.x) - fx, f64::from(from.y) - fy);
            let (qx, qy) = (f64::from(to.x) - tx, f64::from(to.y) - ty);
            norm += px * px + py * py;
            a += px * qx + py * qy;
            b += px * qy - py * qx;
        }
        let (a, b) = (a / norm, b / norm);
        let usable = (a * a + b * b).is_normal();
        usable.then_some(Self { a, b, tx: tx - (a * fx - b * fy), ty: ty - (b * fx + a * fy) })
    }

    /// Where a point goes.
    pub fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        (self.a * x - self.b * y + self.tx, self.b * x + self.a * y + self.ty)
    }

    /// Where the point that goes to `x`, `y` comes from.
    pub fn origin(&self, x: f64, y: f64) -> (f64, f64) {
        let (x, y) = (x - self.tx, y - self.ty);
        let scale = self.a * self.a + self.b * self.b;
        ((self.a * x + self.b * y) / scale, (self.a * y - self.b * x) / scale)
    }
}

fn mean(points: &Landmarks) -> (f64, f64) {
    let sum = |value: fn(&Point) -> f32| points.iter().map(|point| f64::from(value(point))).sum::<f64>() / 5.0;
    (sum(|point| point.x), sum(|point| point.y))
}

/// The face in a square of `side` pixels, red, green and blue, row by row; black where the photo ends.
pub fn crop(picture: &Picture, landmarks: &Landmarks, template: &Landmarks, side: usize) -> Option<Vec<u8>> {
    part(picture, landmarks, template, [0, 0], [side, side])
}

/// The part of such a square that begins so far right and down, and is so wide and high.
pub(crate) fn part(
    picture: &Picture,
    landmarks: &Landmarks,
    template: &Landmarks,
    [across, down]: [usize; 2],
    [width, height]: [usize; 2],
) -> Option<Vec<u8>> {
    let way = Similarity::between(landmarks, template)?;
    let mut rgb = vec![0; width * height * 3];
    // Of a point further in than this all four pixels are inside, and one more to their right.
    let (right, bottom) = (picture.width() as f64 - 2.0, picture.height() as f64 - 2.0);
    // A line has room for the fourth number of its last pixel.
    let mut line = vec![0; width * 3 + 1];
    for (y, row) in rgb.chunks_exact_mut(width * 3).enumerate() {
        // Along a row the origin moves by the same step.
        let y = (down + y) as f64;
        let (start, next) = (way.origin(across as f64, y), way.origin((across + 1) as f64, y));
        let step = (next.0 - start.0, next.1 - start.1);
        for x in 0..width {
            let at = x * 3;
            let (x, y) = (start.0 + x as f64 * step.0, start.1 + x as f64 * step.1);
            let inside = x >= 0.0 && y >= 0.0 && x < right && y < bottom;
            let pixel = if inside { sample_inside(picture, x, y) } else { sample(picture, x, y) };
            // The next pixel takes the place of the fourth number.
            line[at..at + 4].copy_from_slice(&pixel);
        }
        row.copy_from_slice(&line[..width * 3]);
    }
    Some(rgb)
}

/// The colour at a point between four pixels, any of which may be outside, and a number without a meaning: four fill a
/// vector.
fn sample(picture: &Picture, x: f64, y: f64) -> [u8; 4] {
    let (left, top) = (x.floor(), y.floor());
    let (right, below) = ((x - left) as f32, (y - top) as f32);
    let (left, top) = (left as isize, top as isize);
    let next = |at: isize| at.saturating_add(1);
    let four = |[red, green, blue]: [f32; 3]| [red, green, blue, 0.0];
    let corners = [
        picture.at(left, top),
        picture.at(next(left), top),
        picture.at(left, next(top)),
        picture.at(next(left), next(top)),
    ];
    between(corners.map(four), right, below)
}

/// The same where all four are well inside, and no coordinate is below zero.
fn sample_inside(picture: &Picture, x: f64, y: f64) -> [u8; 4] {
    let (left, top) = (x as u32, y as u32);
    let (right, below) = ((x - f64::from(left)) as f32, (y - f64::from(top)) as f32);
    let at = (top as usize * picture.width() + left as usize) * 3;
    let two = |at: usize| picture.rgb().get(at..).and_then(<[u8]>::first_chunk::<7>).unwrap_or(&[0; 7]);
    // The fourth number is the next pixel's.
    let pixels = |&[a, b, c, d, e, f, g]: &[u8; 7]| [[a, b, c, d].map(f32::from), [d, e, f, g].map(f32::from)];
    let ([above, above_right], [under, under_right]) = (pixels(two(at)), pixels(two(at + picture.width() * 3)));
    between([above, above_right, under, under_right], right, below)
}

fn between(corners: [[f32; 4]; 4], right: f32, below: f32) -> [u8; 4] {
    // From here to twice as much the last bit of a `f32` is worth one, so that adding this rounds.
    const WHOLE: f32 = 8_388_608.0;
    let weights = [(1.0 - right) * (1.0 - below), right * (1.0 - below), (1.0 - right) * below, right * below];
    let mut sums = [0.0; 4];
    for (corner, weight) in corners.iter().zip(weights) {
        for (sum, value) in sums.iter_mut().zip(corner) {
            *sum += value * weight;
        }
    }
    sums.map(|sum| (sum + WHOLE).to_bits() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(at: [(f32, f32); 5]) -> Landmarks {
        at.map(|(x, y)| Point { x, y })
    }

    const FACE: [(f32, f32); 5] = [(10.0, 10.0), (30.0, 11.0), (20.0, 22.0), (13.0, 30.0), (27.0, 31.0)];

    #[test]
    fn a_turned_scaled_and_shifted_face_is_brought_back_exactly() {
        let (sin, cos) = 0.5_f32.sin_cos();
        let turned = points(FACE.map(|(x, y)| (3.0 * (cos * x - sin * y) + 100.0, 3.0 * (sin * x + cos * y) - 7.0)));
        let way = Similarity::between(&turned, &points(FACE)).expect("a way");
        for (from, (x, y)) in turned.iter().zip(FACE) {
            let (gx, gy) = way.apply(f64::from(from.x), f64::from(from.y));
            assert!((gx - f64::from(x)).abs() < 1e-4 && (gy - f64::from(y)).abs() < 1e-4);
            let (ox, oy) = way.origin(gx, gy);
            assert!((ox - f64::from(from.x)).abs() < 1e-6 && (oy - f64::from(from.y)).abs() < 1e-6);
        }
    }

    #[test]
    fn landmarks_that_are_all_one_point_or_not_finite_have_no_way() {
        assert!(Similarity::between(&points([(5.0, 5.0); 5]), &points(FACE)).is_none());
        assert!(Similarity::between(&points([(f32::NAN, 5.0); 5]), &points(FACE)).is_none());
    }

    #[test]
    fn a_part_of_a_crop_is_that_part() {
        let rgb: Vec<u8> = (0..40 * 40 * 3).map(|index| (index * 31 % 251) as u8).collect();
        let picture = Picture::new(40, 40, rgb).expect("a picture");
        let (face, turned) = (points(FACE), points(FACE.map(|(x, y)| (y + 4.0, 30.0 - x))));
        let whole = crop(&picture, &turned, &face, 48).expect("a crop");
        let some = part(&picture, &turned, &face, [5, 7], [20, 9]).expect("a part");
        let rows = whole.chunks_exact(48 * 3).skip(7).zip(some.chunks_exact(20 * 3));
        let apart =
            rows.flat_map(|(whole, some)| whole[15..75].iter().zip(some)).map(|(one, other)| one.abs_diff(*other));
        assert!(apart.max() <= Some(1) && some.len() == 20 * 9 * 3);
    }

    #[test]
    fn inside_the_picture_it_does_not_matter_which_way_a_point_is_read() {
        let rgb: Vec<u8> = (0..40 * 30 * 3).map(|index| (index * 31 % 251) as u8).collect();
        let picture = Picture::new(40, 30, rgb).expect("a picture");
        for step in 0..2000 {
            let (x, y) = (1.0 + f64::from(step) * 0.0183, 1.0 + f64::from(step) * 0.0131);
            assert_eq!(sample_inside(&picture, x, y)[..3], sample(&picture, x, y)[..3], "{x}, {y}");
        }
    }

    #[test]
    fn a_crop_onto_the_same_landmarks_copies_the_picture_and_is_black_beyond_it() {
        let rgb: Vec<u8> = (0..40 * 40 * 3).map(|index| (index % 251) as u8).collect();
        let picture = Picture::new(40, 40, rgb.clone()).expect("a picture");
        let face = points(FACE);
        let same = crop(&picture, &face, &face, 48).expect("a crop");
        for y in 0..40 {
            assert_eq!(same[y * 48 * 3..y * 48 * 3 + 120], rgb[y * 120..y * 120 + 120]);
        }
        assert!(same[47 * 48 * 3..].iter().all(|&byte| byte == 0));
    }
}
