//! Photos with what was found in them drawn in, for people.

use crate::detect::{Face, Point};
use crate::engine::Looked;

type Colour = [u8; 3];

/// The face that is compared, and the others.
const MAIN: Colour = [0, 220, 60];
const OTHER: Colour = [255, 170, 0];
const LANDMARK: Colour = [255, 40, 40];
/// The gap between photos.
const GAP: usize = 8;

/// The photos side by side as a PNG, each face in a box and its landmarks as dots. None if it is too large to be written.
pub fn annotated(photos: &[&Looked]) -> Option<Vec<u8>> {
    let width = photos.iter().map(|photo| photo.picture.width() + GAP).sum::<usize>().checked_sub(GAP)?;
    let height = photos.iter().map(|photo| photo.picture.height()).max()?;
    let mut canvas = Canvas { width, height, rgb: vec![255; width.checked_mul(height)?.checked_mul(3)?] };
    let mut left = 0;
    for photo in photos {
        canvas.paste(left, photo);
        left += photo.picture.width() + GAP;
    }
    png(canvas.width, canvas.height, &canvas.rgb)
}

struct Canvas {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

impl Canvas {
    fn paste(&mut self, left: usize, photo: &Looked) {
        let row = photo.picture.width() * 3;
        let targets = self.rgb.chunks_exact_mut(self.width * 3);
        for (target, source) in targets.zip(photo.picture.rgb().chunks_exact(row)) {
            if let Some(place) = target.get_mut(left * 3..left * 3 + row) {
                place.copy_from_slice(source);
            }
        }
        let largest = photo.faces.iter().map(|face| face.bbox.area()).fold(0.0, f32::max);
        let inside = Inside { left, width: photo.picture.width(), height: photo.picture.height() };
        for face in &photo.faces {
            let colour = if face.bbox.area() >= largest { MAIN } else { OTHER };
            self.face(&inside, face, colour);
        }
    }

    fn face(&mut self, inside: &Inside, face: &Face, colour: Colour) {
        let line = (face.bbox.width / 80.0).max(1.0);
        let (x, y) = (face.bbox.x, face.bbox.y);
        let (right, bottom) = (x + face.bbox.width, y + face.bbox.height);
        for [left, top, right, bottom] in [
            [x, y, right, y + line],
            [x, bottom - line, right, bottom],
            [x, y, x + line, bottom],
            [right - line, y, right, bottom],
        ] {
            self.fill(inside, [left, top, right, bottom], colour);
        }
        let dot = 1.5 * line;
        for Point { x, y } in face.landmarks {
            self.fill(inside, [x - dot, y - dot, x + dot, y + dot], LANDMARK);
        }
    }

    /// Paints a rectangle as far as it is inside its photo, at least one pixel of it.
    fn fill(&mut self, inside: &Inside, [left, top, right, bottom]: [f32; 4], colour: Colour) {
        // Casts to whole numbers end at nought; what is larger than the photo ends at its edge.
        let span = |from: f32, to: f32, most: usize| (from as usize).min(most)..(to.ceil() as usize).min(most);
        let columns = span(left, right.max(left + 1.0), inside.width);
        for y in span(top, bottom.max(top + 1.0), inside.height) {
            let first = (y * self.width + inside.left) * 3;
            let row = self.rgb.get_mut(first + columns.start * 3..first + columns.end * 3).unwrap_or_default();
            row.as_chunks_mut::<3>().0.fill(colour);
        }
    }
}

/// A PNG of these pixels, 8 bits each of red, green and blue, row by row. None if they are more or fewer than
/// `width` x `height`, or too many to be written.
pub fn png(width: usize, height: usize, rgb: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(rgb).ok()?;
    writer.finish().ok()?;
    Some(bytes)
}

/// The part of the canvas that a photo takes.
struct Inside {
    left: usize,
    width: usize,
    height: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;
    use crate::detect::BBox;
    use crate::picture::Picture;

    fn grey(side: usize, faces: Vec<Face>) -> Looked {
        Looked { picture: Picture::new(side, side, vec![128; side * side * 3]).expect("a picture"), faces }
    }

    fn face(x: f32, width: f32) -> Face {
        let landmarks = [Point { x: x + width / 2.0, y: 20.0 }; 5];
        Face { score: 0.9, bbox: BBox { x, y: 10.0, width, height: 30.0 }, landmarks }
    }

    #[test]
    fn photos_stand_side_by_side_with_boxes_and_dots() {
        let png = annotated(&[&grey(60, vec![face(10.0, 20.0), face(40.0, 10.0)]), &grey(50, Vec::new())]);
        let picture = Picture::read(&png.expect("a PNG"), &Settings::default()).expect("a picture");
        assert_eq!((picture.width(), picture.height()), (60 + GAP + 50, 60));
        let at = |x, y| picture.at(x, y).map(|value| value as u8);
        assert_eq!(at(10, 25), MAIN);
        assert_eq!(at(40, 25), OTHER);
        assert_eq!(at(20, 20), LANDMARK);
        assert_eq!(at(30, 45), [128; 3]);
        assert_eq!(at(63, 20), [255; 3], "the gap");
        assert_eq!(at(70, 55), [255; 3], "below the smaller photo");
    }

    #[test]
    fn a_face_beyond_the_edge_paints_nothing_outside_its_photo() {
        let faces = vec![face(-50.0, 500.0), face(f32::MAX, 10.0), face(-1e9, 2e9)];
        let png = annotated(&[&grey(60, faces), &grey(60, Vec::new())]).expect("a PNG");
        let picture = Picture::read(&png, &Settings::default()).expect("a picture");
        for y in 0..60 {
            assert!((60..128).all(|x| [255.0, 128.0].contains(&picture.at(x, y)[0])));
        }
    }

    #[test]
    fn no_photo_makes_no_picture() {
        assert!(annotated(&[]).is_none());
    }
}
