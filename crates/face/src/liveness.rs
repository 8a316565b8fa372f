//! Whether the photo looks taken from life, or from a print or a screen.
//!
//! Docs: specification, section 8. It judges a camera's picture of a person; scanned or cropped ID photos often fall
//! below its limit, and pictures fed in past the camera do not. So it is off unless an operator wants it.

use std::path::Path;

use crate::detect::BBox;
use crate::models::{List, Loaded};
use crate::net::Loader;
use crate::picture::Picture;
use crate::resize::stretch;
use crate::{FaceError, ModelError};

/// The networks, each with its own width of view.
pub(crate) struct Liveness {
    models: Vec<Loaded>,
}

impl Liveness {
    pub(crate) fn open(list: &List, dir: &Path, loader: &Loader) -> Result<Self, ModelError> {
        let models = list.liveness.iter().map(|id| list.open(dir, id, loader)).collect::<Result<_, _>>()?;
        Ok(Self { models })
    }

    /// The mean of the networks' shares for "from life", 0 to 1.
    pub(crate) fn judge(&self, picture: &Picture, face: &BBox) -> Result<f32, FaceError> {
        let mut sum = 0.0;
        for model in &self.models {
            sum += live(model, picture, face).ok_or(FaceError::BadImage)?;
        }
        Ok(sum / self.models.len() as f32)
    }
}

fn live(model: &Loaded, picture: &Picture, face: &BBox) -> Option<f32> {
    let view = View::around(face, model.view()?, picture.width(), picture.height())?;
    let rgb = stretch(picture, [view.left, view.top], [view.width, view.height], model.side());
    let outputs = model.net().run(model.planes(&rgb)).ok()?;
    outputs.first()?.get(1).copied().filter(|share| share.is_finite())
}

/// A part of the photo in whole pixels, wholly inside it.
#[derive(Debug, PartialEq)]
struct View {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl View {
    /// A square some times as wide as the face, a little below its middle; smaller if the photo is, and pushed inside.
    fn around(face: &BBox, times: f32, width: usize, height: usize) -> Option<Self> {
        let (right, bottom) = ((width - 1) as f32, (height - 1) as f32);
        let side = face.area().sqrt();
        let side = side * (bottom / side).min(right / side).min(times);
        if !side.is_normal() {
            return None;
        }
        let (left, across) = span(face.x + face.width / 2.0, side, right);
        let (top, down) = span(face.y + face.height * 0.56, side, bottom);
        (left + across <= width && top + down <= height).then_some(Self { left, top, width: across, height: down })
    }
}

/// First pixel and number of pixels of `length` around `middle`, pushed into 0 to `last`. Both ends are cut to whole
/// pixels, and both belong to it.
fn span(middle: f32, length: f32, last: f32) -> (usize, usize) {
    let first = (middle - length / 2.0).min(last - length).max(0.0);
    let end = (first + length).min(last);
    (first as usize, end as usize - first as usize + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(x: f32, y: f32, side: f32) -> BBox {
        BBox { x, y, width: side, height: side }
    }

    #[test]
    fn the_view_is_some_times_the_face_and_a_little_lower() {
        let view = View::around(&face(450.0, 450.0, 100.0), 2.0, 1000, 1000).expect("a view");
        assert_eq!(view, View { left: 400, top: 406, width: 201, height: 201 });
    }

    #[test]
    fn the_view_is_pushed_inside_and_never_larger_than_the_photo() {
        let view = View::around(&face(-20.0, 900.0, 100.0), 2.0, 1000, 1000).expect("a view");
        assert_eq!(view, View { left: 0, top: 799, width: 201, height: 201 });
        let whole = View::around(&face(10.0, 10.0, 100.0), 4.0, 200, 120).expect("a view");
        assert_eq!((whole.top, whole.height, whole.width), (0, 120, 120));
    }

    #[test]
    fn a_face_without_an_extent_has_no_view() {
        assert_eq!(View::around(&face(10.0, 10.0, 0.0), 4.0, 200, 120), None);
        assert_eq!(View::around(&face(10.0, 10.0, f32::NAN), 4.0, 200, 120), None);
    }
}
