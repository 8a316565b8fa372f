//! Drawn portraits of made-up people: faces that nobody has, and that a face engine can tell apart.
//!
//! They are painted here, point by point, from a few numbers for each sitter: no photo, and no picture of anybody, has
//! gone into them, and nobody takes them for a photo. What a sitter looks like stays the same from one sitting to the
//! next; expression, light, distance and background change, as between two photos of one person.

mod brush;
mod face;

use self::brush::{Colour, between, times};

/// Pixels across.
pub(crate) const WIDTH: u16 = 240;
/// Pixels down.
pub(crate) const HEIGHT: u16 = 300;

/// Somebody who is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sitter {
    skin: Colour,
    hair: Colour,
    shirt: Colour,
    lips: Colour,
    iris: Colour,
    /// Half the width and height of the head, in half widths of the picture, as is everything below.
    head: [f32; 2],
    /// How much narrower the chin is.
    chin: f32,
    /// From the middle of the face to the middle of an eye.
    apart: f32,
    /// Half the width and height of an eye, and how far its outer corner is raised, in radians.
    eye: [f32; 2],
    slant: f32,
    /// How far above the eye a brow is, how thick, how far it rises outwards, half its length.
    brow: [f32; 4],
    /// How long and how wide the nose is.
    nose: [f32; 2],
    /// How far down the mouth is, half its width, how full.
    mouth: [f32; 3],
    /// How high the forehead is.
    forehead: f32,
    wears: Wears,
}

/// What else is to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wears {
    Beard,
    Glasses,
    LongHair,
}

/// Dark hair, a beard, a broad face.
pub(crate) const BEARDED: Sitter = Sitter {
    skin: [0.62, 0.44, 0.32],
    hair: [0.06, 0.05, 0.05],
    shirt: [0.2, 0.3, 0.5],
    lips: [0.72, 0.36, 0.34],
    iris: [0.25, 0.15, 0.08],
    head: [0.64, 0.8],
    chin: 0.15,
    apart: 0.22,
    eye: [0.09, 0.04],
    slant: 0.05,
    brow: [0.13, 0.042, -0.02, 0.17],
    nose: [0.36, 0.14],
    mouth: [0.46, 0.2, 0.045],
    forehead: 0.1,
    wears: Wears::Beard,
};

/// Grey hair, glasses, a long nose.
pub(crate) const GREY: Sitter = Sitter {
    skin: [0.93, 0.76, 0.66],
    hair: [0.7, 0.7, 0.72],
    shirt: [0.25, 0.4, 0.3],
    lips: [0.7, 0.42, 0.4],
    iris: [0.3, 0.45, 0.6],
    head: [0.62, 0.76],
    chin: 0.2,
    apart: 0.28,
    eye: [0.085, 0.036],
    slant: -0.12,
    brow: [0.15, 0.03, 0.05, 0.16],
    nose: [0.34, 0.13],
    mouth: [0.47, 0.22, 0.02],
    forehead: 0.6,
    wears: Wears::Glasses,
};

/// Long brown hair, large eyes, a narrow face.
pub(crate) const LONG_HAIRED: Sitter = Sitter {
    skin: [0.95, 0.8, 0.7],
    hair: [0.32, 0.2, 0.1],
    shirt: [0.6, 0.2, 0.3],
    lips: [0.8, 0.25, 0.3],
    iris: [0.25, 0.15, 0.08],
    head: [0.55, 0.76],
    chin: 0.42,
    apart: 0.27,
    eye: [0.125, 0.066],
    slant: 0.05,
    brow: [0.19, 0.014, 0.03, 0.14],
    nose: [0.25, 0.075],
    mouth: [0.4, 0.13, 0.05],
    forehead: 0.5,
    wears: Wears::LongHair,
};

/// How somebody sits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sitting {
    smile: f32,
    /// From the left where it is positive.
    light: f32,
    /// How far the head is turned.
    turn: f32,
    near: f32,
    aside: f32,
    ground: Colour,
}

/// Straight into the camera, by an even light.
pub(crate) const STRAIGHT: Sitting =
    Sitting { smile: 0.0, light: 1.0, turn: 0.0, near: 0.95, aside: 0.0, ground: [0.75, 0.82, 0.88] };

/// On another day: a smile, light from the other side, a step further off.
pub(crate) const ANOTHER_DAY: Sitting =
    Sitting { smile: 0.7, light: -1.0, turn: 0.012, near: 0.86, aside: 0.05, ground: [0.66, 0.7, 0.64] };

/// A picture of one sitter, as a PNG.
pub(crate) fn portrait(of: &Sitter, sitting: &Sitting) -> Vec<u8> {
    png(WIDTH, |place| face::colour(place, of, sitting, backdrop(place, sitting)))
}

/// A picture of two of them, side by side.
pub(crate) fn both(left: &Sitter, right: &Sitter, sitting: &Sitting) -> Vec<u8> {
    png(2 * WIDTH, |[across, down]| {
        let (of, across) = if across < 1.0 { (left, across) } else { (right, across - 2.0) };
        face::colour([across, down], of, sitting, backdrop([across, down], sitting))
    })
}

/// The same place with nobody in it.
pub(crate) fn nobody(sitting: &Sitting) -> Vec<u8> {
    png(WIDTH, |place| {
        // The back of a chair before a wall. Both have a grain: vendors want a picture of some kilobytes.
        let [across, down] = place;
        let wood = 0.8 + 0.2 * (down * 40.0 + (across * 7.0).sin() * 3.0).sin();
        let wall = 1.0 + 0.04 * (across * 83.0 + (down * 57.0).sin() * 4.0).sin();
        let chair = down > 0.35 && across.abs() < 0.55;
        if chair { times([0.45, 0.3, 0.18], wood) } else { times(backdrop(place, sitting), wall) }
    })
}

fn backdrop([_, down]: [f32; 2], sitting: &Sitting) -> Colour {
    between(sitting.ground, times(sitting.ground, 0.8), (down * 0.5 + 0.5).clamp(0.0, 1.0))
}

/// Paints a picture: a half width of a portrait is one, in both directions, and the middle of a single one is nothing.
fn png(width: u16, colour: impl Fn([f32; 2]) -> Colour) -> Vec<u8> {
    let half = f32::from(WIDTH) / 2.0;
    let middle = f32::from(HEIGHT) / 2.0;
    let place = |x: u16, y: u16| [(f32::from(x) + 0.5) / half - 1.0, (f32::from(y) + 0.5 - middle) / half];
    let mut pixels = Vec::with_capacity(usize::from(width) * usize::from(HEIGHT) * 3);
    for y in 0..HEIGHT {
        for x in 0..width {
            pixels.extend(colour(place(x, y)).map(byte));
        }
    }
    // There are as many pixels as it wants. A picture of nothing would be refused like any that is none.
    shiming_face::png(width.into(), HEIGHT.into(), &pixels).unwrap_or_default()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0 to 255 by then")]
fn byte(part: f32) -> u8 {
    (part * 255.0).round().clamp(0.0, 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_the_same_each_time_and_no_two_are_alike() {
        let drawn = || {
            let mut pictures = vec![nobody(&STRAIGHT), both(&BEARDED, &GREY, &STRAIGHT)];
            for sitter in [BEARDED, GREY, LONG_HAIRED] {
                pictures.extend([STRAIGHT, ANOTHER_DAY].map(|sitting| portrait(&sitter, &sitting)));
            }
            pictures
        };
        let pictures = drawn();
        assert_eq!(pictures, drawn());
        for (place, picture) in pictures.iter().enumerate() {
            assert!(!pictures[..place].contains(picture));
            assert!((5 * 1024..=150 * 1024).contains(&picture.len()), "what every vendor takes: {}", picture.len());
        }
    }
}
