//! Whether a face is fit to be compared.
//!
//! Docs: specification, section 6. The order of the checks is its: the first failure is the one that is told.

use crate::align::part;
use crate::detect::{BBox, Face, Landmarks, Point};
use crate::picture::Picture;
use crate::{FaceError, Limits};

const TOP: usize = 20;
const ROWS: usize = 88;
const LEFT: usize = 18;
const COLUMNS: usize = 76;

/// The landmarks of the crop, 112 pixels wide, whose middle quality is measured on.
pub const TEMPLATE: Landmarks = [
    Point { x: 38.2946, y: 51.6963 },
    Point { x: 73.5318, y: 51.5014 },
    Point { x: 56.0252, y: 71.7366 },
    Point { x: 41.5493, y: 92.3655 },
    Point { x: 70.7299, y: 92.2041 },
];

/// The measured values of an accepted face.
#[derive(Debug, Clone, PartialEq)]
pub struct Quality {
    /// The distance of the eyes in pixels of the photo.
    pub iod: f32,
    /// The share of the face's box inside the photo.
    pub inside: f32,
    /// Mean brightness, 0 to 255.
    pub luma_mean: f32,
    /// The share of burnt-out pixels.
    pub bright_frac: f32,
    /// The share of black pixels.
    pub dark_frac: f32,
    /// Standard deviation of brightness.
    pub luma_std: f32,
    /// Variance of the Laplacian: how sharp.
    pub lap_var: f32,
    /// Turn to a side: the nose's shift over the distance of the eyes.
    pub yaw_t: f32,
    /// Turn up or down: the height of the nose between eyes (0) and mouth (1).
    pub pitch_v: f32,
    /// Tilt in degrees.
    pub roll_deg: f32,
    /// The names of values that are accepted but not good.
    pub warnings: Vec<&'static str>,
}

/// Measures the face and refuses it if a limit is passed.
pub fn judge(picture: &Picture, face: &Face, limits: &Limits) -> Result<Quality, FaceError> {
    let pose = Pose::of(&face.landmarks);
    let iod = pose.iod * picture.reduced();
    if !at_least(iod, limits.iod) {
        return Err(FaceError::FaceTooSmall);
    }
    let inside = inside(picture, face).filter(|share| *share >= limits.inside).ok_or(FaceError::FaceIncomplete)?;
    let middle = part(picture, &face.landmarks, &TEMPLATE, [LEFT, TOP], [COLUMNS, ROWS]);
    let light = Light::of(&luma(&middle.ok_or(FaceError::FaceIncomplete)?));
    let mut quality = Quality {
        iod,
        inside,
        luma_mean: light.mean,
        bright_frac: light.bright,
        dark_frac: light.dark,
        luma_std: light.std,
        lap_var: light.lap_var,
        yaw_t: pose.yaw,
        pitch_v: pose.pitch,
        roll_deg: pose.roll,
        warnings: Vec::new(),
    };
    refuse(&quality, limits)?;
    quality.warnings = warnings(&quality, limits);
    Ok(quality)
}

/// Also false for a number that is none, so that such a face is refused.
fn at_least(value: f32, limit: f32) -> bool {
    value >= limit
}

fn at_most(value: f32, limit: f32) -> bool {
    value <= limit
}

fn between(value: f32, [least, most]: [f32; 2]) -> bool {
    at_least(value, least) && at_most(value, most)
}

fn refuse(of: &Quality, limits: &Limits) -> Result<(), FaceError> {
    let checks = [
        (at_least(of.luma_mean, limits.dark), FaceError::TooDark),
        (at_most(of.luma_mean, limits.bright), FaceError::TooBright),
        (at_most(of.bright_frac, limits.bright_frac), FaceError::TooBright),
        (at_most(of.dark_frac, limits.dark_frac), FaceError::TooDark),
        (at_least(of.luma_std, limits.luma_std), FaceError::Flat),
        (at_least(of.lap_var, limits.lap_var), FaceError::Blurred),
        (at_most(of.yaw_t.abs(), limits.yaw), FaceError::Pose),
        (between(of.pitch_v, limits.pitch), FaceError::Pose),
        (at_most(of.roll_deg.abs(), limits.roll), FaceError::Pose),
    ];
    checks.into_iter().find(|(good, _)| !good).map_or(Ok(()), |(_, error)| Err(error))
}

fn warnings(of: &Quality, limits: &Limits) -> Vec<&'static str> {
    let checks = [
        (at_least(of.iod, limits.warn_iod), "iod"),
        (between(of.luma_mean, [limits.warn_dark, limits.warn_bright]), "luma_mean"),
        (at_most(of.bright_frac, limits.warn_bright_frac), "bright_frac"),
        (at_most(of.dark_frac, limits.warn_dark_frac), "dark_frac"),
        (at_least(of.luma_std, limits.warn_luma_std), "luma_std"),
        (at_least(of.lap_var, limits.warn_lap_var), "lap_var"),
        (at_most(of.yaw_t.abs(), limits.warn_yaw), "yaw_t"),
        (between(of.pitch_v, limits.warn_pitch), "pitch_v"),
        (at_most(of.roll_deg.abs(), limits.warn_roll), "roll_deg"),
    ];
    checks.into_iter().filter(|(good, _)| !good).map(|(_, name)| name).collect()
}

struct Pose {
    iod: f32,
    yaw: f32,
    pitch: f32,
    roll: f32,
}

impl Pose {
    fn of(&[left, right, nose, mouth_left, mouth_right]: &Landmarks) -> Self {
        let middle =
            |one: Point, other: Point| Point { x: f32::midpoint(one.x, other.x), y: f32::midpoint(one.y, other.y) };
        let iod = (right.x - left.x).hypot(right.y - left.y);
        let across = Point { x: (right.x - left.x) / iod, y: (right.y - left.y) / iod };
        let down = Point { x: -across.y, y: across.x };
        let eyes = middle(left, right);
        let along = |point: Point, axis: Point| (point.x - eyes.x) * axis.x + (point.y - eyes.y) * axis.y;
        Self {
            iod,
            yaw: along(nose, across) / iod,
            pitch: along(nose, down) / along(middle(mouth_left, mouth_right), down),
            roll: across.y.atan2(across.x).to_degrees(),
        }
    }
}

/// The share of the box inside the photo; `None` if a landmark is outside.
fn inside(picture: &Picture, face: &Face) -> Option<f32> {
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let within = |point: &Point| (0.0..width).contains(&point.x) && (0.0..height).contains(&point.y);
    let photo = BBox { x: 0.0, y: 0.0, width, height };
    face.landmarks.iter().all(within).then(|| face.bbox.shared(&photo) / face.bbox.area())
}

/// The brightness of pixels.
fn luma(rgb: &[u8]) -> Vec<f32> {
    let brightness = |&pixel: &[u8; 3]| {
        let [r, g, b] = pixel.map(f32::from);
        // Rounded: it is not below zero, and the cast drops what is behind the point.
        f32::from((0.299 * r + 0.587 * g + 0.114 * b + 0.5) as u8)
    };
    rgb.as_chunks::<3>().0.iter().map(brightness).collect()
}

struct Light {
    mean: f32,
    bright: f32,
    dark: f32,
    std: f32,
    lap_var: f32,
}

impl Light {
    fn of(luma: &[f32]) -> Self {
        let share = |is: fn(f32) -> bool| luma.iter().filter(|value| is(**value)).count() as f32 / luma.len() as f32;
        let (mean, variance) = spread(luma);
        Self {
            mean: mean as f32,
            bright: share(|value| value > 245.0),
            dark: share(|value| value < 25.0),
            std: variance.sqrt() as f32,
            lap_var: spread(&laplacian(luma)).1 as f32,
        }
    }
}

/// Mean and variance.
fn spread(values: &[f32]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().map(|value| f64::from(*value)).sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (f64::from(*value) - mean).powi(2)).sum();
    (mean, squares / count)
}

/// Each pixel's four neighbours less four times itself. Beyond the border the picture is mirrored about its last pixel.
fn laplacian(luma: &[f32]) -> Vec<f32> {
    let at = |x: usize, y: usize| luma[y * COLUMNS + x];
    let before = |at: usize| if at == 0 { 1 } else { at - 1 };
    let after = |at: usize, count: usize| if at + 1 == count { count - 2 } else { at + 1 };
    let mut values = Vec::with_capacity(luma.len());
    for y in 0..ROWS {
        for x in 0..COLUMNS {
            let around = at(before(x), y) + at(after(x, COLUMNS), y) + at(x, before(y)) + at(x, after(y, ROWS));
            values.push(around - 4.0 * at(x, y));
        }
    }
    values
}

#[cfg(test)]
#[path = "quality_tests.rs"]
mod tests;
