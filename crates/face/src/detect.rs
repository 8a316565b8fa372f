//! Finding faces with five landmarks each.
//!
//! Docs: specification, section 4.

use crate::net::{Net, NetFault};
use crate::picture::Picture;
use crate::resize::letterbox;

const STRIDES: [usize; 3] = [8, 16, 32];
/// Below this a cell is not looked at.
const CANDIDATE: f32 = 0.6;
/// Two boxes that share more than this of their union are one face.
const OVERLAP: f32 = 0.3;

/// A point of the photo in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// From the left edge.
    pub x: f32,
    /// From the top edge.
    pub y: f32,
}

/// A rectangle of the photo in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BBox {
    /// The left edge; may be outside the photo.
    pub x: f32,
    /// The top edge; may be outside the photo.
    pub y: f32,
    /// Across.
    pub width: f32,
    /// Down.
    pub height: f32,
}

impl BBox {
    /// The area.
    pub fn area(&self) -> f32 {
        self.width * self.height
    }

    /// The area shared with another rectangle.
    pub fn shared(&self, other: &Self) -> f32 {
        let across = (self.x + self.width).min(other.x + other.width) - self.x.max(other.x);
        let down = (self.y + self.height).min(other.y + other.height) - self.y.max(other.y);
        across.max(0.0) * down.max(0.0)
    }

    /// Shared area over joint area.
    fn overlap(&self, other: &Self) -> f32 {
        let shared = self.shared(other);
        shared / (self.area() + other.area() - shared)
    }
}

/// The five landmarks: the eye on the image's left, the other eye, the tip of the nose, the corner of the mouth on the
/// image's left, the other corner.
pub type Landmarks = [Point; 5];

/// A face in a photo.
#[derive(Debug, Clone, PartialEq)]
pub struct Face {
    /// How sure the detector is, 0 to 1.
    pub score: f32,
    /// Where.
    pub bbox: BBox,
    /// Eyes, nose and mouth.
    pub landmarks: Landmarks,
}

impl Face {
    /// The same face where every distance is multiplied.
    pub(crate) fn scaled(mut self, by: f32) -> Self {
        let BBox { x, y, width, height } = &mut self.bbox;
        for length in [x, y, width, height] {
            *length *= by;
        }
        for point in &mut self.landmarks {
            point.x *= by;
            point.y *= by;
        }
        self
    }

    /// The distance of the eyes.
    pub(crate) fn iod(&self) -> f32 {
        let [left, right, ..] = self.landmarks;
        (right.x - left.x).hypot(right.y - left.y)
    }
}

/// All candidates in a photo, best first, seen at `side` x `side` pixels.
pub(crate) fn detect(net: &dyn Net, side: usize, picture: &Picture) -> Result<Vec<Face>, NetFault> {
    let boxed = letterbox(picture, side);
    let outputs = net.run(boxed.planes)?;
    let mut faces = keep_best(candidates(&outputs, side));
    for face in &mut faces {
        face.bbox.x /= boxed.sx;
        face.bbox.width /= boxed.sx;
        face.bbox.y /= boxed.sy;
        face.bbox.height /= boxed.sy;
        for point in &mut face.landmarks {
            point.x /= boxed.sx;
            point.y /= boxed.sy;
        }
    }
    Ok(faces)
}

/// The twelve outputs: for each stride the class, the objectness, the box and the landmarks of every cell.
fn candidates(outputs: &[Vec<f32>], side: usize) -> Vec<Face> {
    let mut faces = Vec::new();
    let [cls, obj, boxes, points] = [0, 3, 6, 9].map(|first| outputs.get(first..first + 3).unwrap_or_default());
    for (index, stride) in STRIDES.into_iter().enumerate() {
        let (Some(cls), Some(obj), Some(boxes), Some(points)) =
            (cls.get(index), obj.get(index), boxes.get(index), points.get(index))
        else {
            return faces;
        };
        let across = side / stride;
        let cells = cls.iter().zip(obj).zip(boxes.chunks_exact(4).zip(points.chunks_exact(10)));
        for (cell, ((&cls, &obj), (corners, points))) in cells.enumerate().take(across * across) {
            let score = (cls.clamp(0.0, 1.0) * obj.clamp(0.0, 1.0)).sqrt();
            if score >= CANDIDATE {
                let origin = Point { x: (cell % across) as f32, y: (cell / across) as f32 };
                faces.extend(face(score, origin, stride as f32, corners, points));
            }
        }
    }
    faces
}

/// One cell's face; `None` if a number is not finite.
fn face(score: f32, cell: Point, stride: f32, corners: &[f32], points: &[f32]) -> Option<Face> {
    let &[b0, b1, b2, b3] = corners else { return None };
    let (width, height) = (b2.exp() * stride, b3.exp() * stride);
    let bbox =
        BBox { x: (cell.x + b0) * stride - width / 2.0, y: (cell.y + b1) * stride - height / 2.0, width, height };
    let mut landmarks = [Point { x: 0.0, y: 0.0 }; 5];
    for (landmark, offset) in landmarks.iter_mut().zip(points.chunks_exact(2)) {
        let &[x, y] = offset else { return None };
        *landmark = Point { x: (x + cell.x) * stride, y: (y + cell.y) * stride };
    }
    let numbers =
        [bbox.x, bbox.y, width, height].into_iter().chain(landmarks.iter().flat_map(|point| [point.x, point.y]));
    let sound = numbers.into_iter().all(f32::is_finite);
    sound.then_some(Face { score, bbox, landmarks })
}

/// Of boxes that overlap, the one with the best score.
fn keep_best(mut faces: Vec<Face>) -> Vec<Face> {
    faces.sort_by(|one, other| other.score.total_cmp(&one.score));
    let mut kept: Vec<Face> = Vec::new();
    for face in faces {
        if kept.iter().all(|better| better.bbox.overlap(&face.bbox) <= OVERLAP) {
            kept.push(face);
        }
    }
    kept
}

/// The largest of the accepted faces, and how many there are of a like size, itself included.
pub(crate) fn main_face(faces: Vec<Face>, counted_width: f32) -> Option<(Face, usize)> {
    let widths: Vec<f32> = faces.iter().map(|face| face.bbox.width).collect();
    let main = faces.into_iter().max_by(|one, other| one.bbox.area().total_cmp(&other.bbox.area()))?;
    let counted = widths.into_iter().filter(|width| *width >= counted_width * main.bbox.width).count();
    Some((main, counted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f32, width: f32, score: f32) -> Face {
        let bbox = BBox { x, y: 0.0, width, height: width };
        Face { score, bbox, landmarks: [Point { x: 0.0, y: 0.0 }; 5] }
    }

    /// Twelve outputs of a 32 x 32 detector in which only cell 5 of the finest grid has seen something.
    fn outputs() -> Vec<Vec<f32>> {
        let cells = [16, 4, 1];
        let mut outputs: Vec<Vec<f32>> =
            [1, 1, 4, 10].iter().flat_map(|width| cells.map(|cells| vec![0.0; cells * width])).collect();
        outputs[0][5] = 0.81;
        outputs[3][5] = 1.0;
        outputs[6][20..24].copy_from_slice(&[0.5, 0.25, 0.0, 2.0_f32.ln()]);
        outputs[9][50..52].copy_from_slice(&[1.0, -1.0]);
        outputs
    }

    #[test]
    fn a_cell_is_decoded_in_units_of_its_stride() {
        let found = candidates(&outputs(), 32);
        let [face] = found.as_slice() else { panic!("one face") };
        assert!((face.score - 0.9).abs() < 1e-6);
        assert_eq!(face.bbox, BBox { x: 8.0, y: 2.0, width: 8.0, height: 16.0 });
        assert_eq!(face.landmarks[0], Point { x: 16.0, y: 0.0 });
        assert_eq!(face.landmarks[1], Point { x: 8.0, y: 8.0 });
    }

    #[test]
    fn numbers_that_are_not_finite_give_no_face() {
        for (list, index, bad) in [(0, 5, f32::NAN), (6, 22, 1e9), (6, 20, f32::NAN), (9, 50, f32::INFINITY)] {
            let mut outputs = outputs();
            outputs[list][index] = bad;
            assert!(candidates(&outputs, 32).is_empty());
        }
    }

    #[test]
    fn outputs_of_another_shape_give_no_face_and_no_panic() {
        assert!(candidates(&[], 32).is_empty());
        assert!(candidates(&outputs()[..7], 32).is_empty());
        assert!(candidates(&vec![vec![1.0; 3]; 12], 32).is_empty());
    }

    #[test]
    fn of_overlapping_boxes_the_best_is_kept() {
        let kept = keep_best(vec![at(1.0, 10.0, 0.7), at(0.0, 10.0, 0.9), at(8.0, 10.0, 0.8)]);
        let scores: Vec<f32> = kept.iter().map(|face| face.score).collect();
        assert_eq!(scores, [0.9, 0.8]);
    }

    #[test]
    fn small_faces_in_the_background_are_not_counted() {
        let (main, counted) = main_face(vec![at(0.0, 39.0, 0.9), at(0.0, 100.0, 0.85)], 0.4).expect("a face");
        assert!((main.bbox.width - 100.0).abs() < f32::EPSILON);
        assert_eq!(counted, 1);
        assert_eq!(main_face(vec![at(0.0, 41.0, 0.9), at(0.0, 100.0, 0.85)], 0.4).map(|found| found.1), Some(2));
        assert!(main_face(Vec::new(), 0.4).is_none());
    }
}
