//! What an operator may set. The defaults are the measured ones (specification, sections 2, 4 and 6 to 8).

use std::path::PathBuf;

use serde::Deserialize;

/// What runs the networks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Inference {
    /// The engine that is built in.
    #[default]
    Rten,
    /// The system's onnxruntime: this library, which is loaded when the engine is opened.
    Onnxruntime(PathBuf),
}

/// What the liveness networks are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Liveness {
    /// Not loaded.
    #[default]
    Off,
    /// Their value is in the report and refuses nobody.
    Report,
    /// Below the limit a photo is refused.
    Enforce,
}

/// All settings of the engine.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What runs the networks.
    pub inference: Inference,
    /// Which embedder: the id of a model in the list, or [`FUSED`](crate::FUSED) for both of the built-in ones (a tenth to
    /// a fifth fewer false rejects for twice the embedding time).
    pub embedder: String,
    /// The score, 0 to 100, from which two faces pass as one person's.
    pub pass_score: f64,
    /// What the liveness networks are for.
    pub liveness: Liveness,
    /// The liveness below which a photo is refused, if that is enforced.
    pub live: f32,
    /// The most pixels of a photo.
    pub max_pixels: u64,
    /// The longest side of a photo.
    pub max_side: u32,
    /// The shortest side of a photo.
    pub min_side: u32,
    /// Photos of more pixels than this are decoded smaller.
    pub reduce_pixels: u64,
    /// The longest side that a photo decoded smaller keeps at least.
    pub reduced_side: u32,
    /// The most pixels that are decoded at once. A larger photo that can only be decoded whole is too large.
    pub decoded_pixels: u64,
    /// The detector's score from which something is a face.
    pub face_score: f32,
    /// Faces this share of the main face's width or wider are counted beside it.
    pub counted_width: f32,
    /// The limits of quality.
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            inference: Inference::default(),
            embedder: "reid0095".to_owned(),
            pass_score: 70.0,
            liveness: Liveness::default(),
            live: 0.50,
            max_pixels: 25_000_000,
            max_side: 8192,
            min_side: 48,
            reduce_pixels: 4_000_000,
            reduced_side: 1000,
            decoded_pixels: 8_000_000,
            face_score: 0.80,
            counted_width: 0.40,
            limits: Limits::default(),
        }
    }
}

/// The limits of quality beyond which a face is refused. `warn_…` are those beyond which it is only noted.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Least distance of the eyes in pixels.
    pub iod: f32,
    /// The same, to be noted.
    pub warn_iod: f32,
    /// Least share of the face's box inside the photo.
    pub inside: f32,
    /// Least mean brightness.
    pub dark: f32,
    /// The same, to be noted.
    pub warn_dark: f32,
    /// Greatest mean brightness.
    pub bright: f32,
    /// The same, to be noted.
    pub warn_bright: f32,
    /// Greatest share of burnt-out pixels.
    pub bright_frac: f32,
    /// The same, to be noted.
    pub warn_bright_frac: f32,
    /// Greatest share of black pixels.
    pub dark_frac: f32,
    /// The same, to be noted.
    pub warn_dark_frac: f32,
    /// Least standard deviation of brightness.
    pub luma_std: f32,
    /// The same, to be noted.
    pub warn_luma_std: f32,
    /// Least variance of the Laplacian.
    pub lap_var: f32,
    /// The same, to be noted.
    pub warn_lap_var: f32,
    /// Greatest turn to a side, as the nose's shift over the distance of the eyes.
    pub yaw: f32,
    /// The same, to be noted.
    pub warn_yaw: f32,
    /// Least and greatest height of the nose between mouth and eyes.
    pub pitch: [f32; 2],
    /// The same, to be noted.
    pub warn_pitch: [f32; 2],
    /// Greatest tilt in degrees.
    pub roll: f32,
    /// The same, to be noted.
    pub warn_roll: f32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            iod: 24.0,
            warn_iod: 40.0,
            inside: 0.80,
            dark: 40.0,
            warn_dark: 60.0,
            bright: 230.0,
            warn_bright: 215.0,
            bright_frac: 0.30,
            warn_bright_frac: 0.12,
            dark_frac: 0.50,
            warn_dark_frac: 0.25,
            luma_std: 12.0,
            warn_luma_std: 20.0,
            lap_var: 20.0,
            warn_lap_var: 60.0,
            yaw: 0.35,
            warn_yaw: 0.25,
            pitch: [0.40, 0.78],
            warn_pitch: [0.46, 0.72],
            roll: 45.0,
            warn_roll: 25.0,
        }
    }
}
