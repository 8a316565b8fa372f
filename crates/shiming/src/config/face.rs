//! `[face]`: the engine that compares portraits.

use std::{
    env::consts::{DLL_PREFIX, DLL_SUFFIX},
    ops::RangeInclusive,
    path::PathBuf,
};

use shiming_face::{Inference, Limits, Settings};

use super::section::Section as _;
use super::values::{Decimal, SIDE, choice, within};
use crate::trouble::Trouble;

choice!(
    /// What runs the networks.
    Engine {
        /// What is built in.
        Rten = "rten",
        /// A library of the system.
        Onnxruntime = "onnxruntime",
    }
);

choice!(
    /// What the liveness networks are for.
    Liveness {
        /// Not loaded.
        Off = "off",
        /// `shiming face compare` shows their value, and it refuses nobody.
        Report = "report",
        /// Below the limit a photo is refused.
        Enforce = "enforce",
    }
);

/// Why counts of pixels have bounds.
const PIXELS_HELD: &str = "a photo has so many, and they are held in memory";

const SHARE: RangeInclusive<Decimal> = Decimal(0.0)..=Decimal(1.0);
const LUMA: RangeInclusive<Decimal> = Decimal(0.0)..=Decimal(255.0);
const PIXELS: RangeInclusive<Decimal> = Decimal(0.0)..=Decimal(65_535.0);
const TURN: RangeInclusive<Decimal> = Decimal(0.0)..=Decimal(10.0);
const DEGREES: RangeInclusive<Decimal> = Decimal(0.0)..=Decimal(180.0);

section!("face", "Comparing portraits: JD Cloud's checkType 3, Alipay's FACE_API, and reference portraits of an import.", Face {
    /// Folder with the model files; `shiming models list` says which are needed. Without it everything but portrait checks works.
    models: Option<PathBuf> = None,
    /// What runs the networks: "rten", which is built in, or "onnxruntime", a library of the system, for its speed. What comes out is the same.
    engine: Engine = Engine::Rten,
    /// With "onnxruntime": the path of its library, version 1.17 or later; without it the system is asked for libonnxruntime.
    onnxruntime: Option<PathBuf> = None,
    /// Which network describes a face: "reid0095", "mobilefacenet", "fused" (both: a tenth to a fifth fewer people turned away wrongly, for one more network's time), or the id of a model in the folder's own models.toml.
    embedder: String = "reid0095".into(),
    /// Whether the photos of reference portraits are kept, sealed, so that `shiming registry reembed` can make templates anew of them. A photo is erased with the person's record.
    keep_photos: bool = false,
    /// The score, 0 to 100, from which two faces count as one person's. 70: one stranger in a thousand passes; 80: one in ten thousand.
    pass_score: Decimal = Decimal(70.0) => within(Decimal(1.0)..=Decimal(100.0), "0 would let everybody pass"),
    /// Threads that compare. A comparison takes about ten milliseconds of one core, more for a large photo.
    workers: usize = 2 => within(1..=1024, "each is a thread, and more than there are cores only wait for each other"),
    /// How many comparisons may wait for a thread; beyond that callers are told that the server is busy.
    queue: usize = 32 => within(1..=100_000, "each holds its photos in memory while its caller waits"),
    /// Whether photos are judged as taken from life: "off", "report" (only `shiming face compare` shows it) or "enforce". Scanned and cropped ID photos often fail, and it does not stop pictures that are fed in past the camera.
    liveness: Liveness = Liveness::Off,
    /// With "enforce": the least that counts as taken from life, 0 to 1.
    live: Decimal = Decimal(0.5) => within(SHARE, "it is a share"),
    /// The most pixels of a photo.
    max_pixels: usize = 25_000_000 => within(1000..=1_000_000_000, PIXELS_HELD),
    /// The most pixels on a side.
    max_side: usize = 8192 => within(1..=65_535, SIDE),
    /// The fewest pixels on a side.
    min_side: usize = 48 => within(1..=65_535, SIDE),
    /// Photos of more pixels than this are decoded smaller, in a fraction of the memory.
    reduce_pixels: usize = 4_000_000 => within(1000..=1_000_000_000, PIXELS_HELD),
    /// The pixels that the longest side then keeps at least.
    reduced_side: usize = 1000 => within(1..=65_535, SIDE),
    /// The most pixels that are decoded at once, in some 6 bytes each. A larger photo that can only be decoded whole (a progressive JPEG, an interlaced PNG) is too large.
    decoded_pixels: usize = 8_000_000 => within(1000..=1_000_000_000, PIXELS_HELD),
    /// The detector's score from which something is a face, 0.6 to 1.
    detector_score: Decimal = Decimal(0.8) => within(Decimal(0.6)..=Decimal(1.0), "the detector gives no lower one"),
    /// Faces of this share of the largest one's width count beside it, and make a photo one of several people.
    counted_width: Decimal = Decimal(0.4) => within(SHARE, "it is a share"),
    /// The least distance of the eyes, in pixels of the photo. The keys warn_... are what `shiming face compare` notes without refusing.
    iod: Decimal = Decimal(24.0) => within(PIXELS, "it is measured so"),
    /// The same, to be noted.
    warn_iod: Decimal = Decimal(40.0) => within(PIXELS, "it is measured so"),
    /// The least share of the face inside the photo.
    inside: Decimal = Decimal(0.8) => within(SHARE, "it is a share"),
    /// The least mean brightness of the face, 0 to 255.
    dark: Decimal = Decimal(40.0) => within(LUMA, "brightness is measured so"),
    /// The same, to be noted.
    warn_dark: Decimal = Decimal(60.0) => within(LUMA, "brightness is measured so"),
    /// The greatest mean brightness.
    bright: Decimal = Decimal(230.0) => within(LUMA, "brightness is measured so"),
    /// The same, to be noted.
    warn_bright: Decimal = Decimal(215.0) => within(LUMA, "brightness is measured so"),
    /// The greatest share of burnt-out pixels.
    bright_frac: Decimal = Decimal(0.3) => within(SHARE, "it is a share"),
    /// The same, to be noted.
    warn_bright_frac: Decimal = Decimal(0.12) => within(SHARE, "it is a share"),
    /// The greatest share of black pixels.
    dark_frac: Decimal = Decimal(0.5) => within(SHARE, "it is a share"),
    /// The same, to be noted.
    warn_dark_frac: Decimal = Decimal(0.25) => within(SHARE, "it is a share"),
    /// The least contrast: the standard deviation of brightness.
    luma_std: Decimal = Decimal(12.0) => within(LUMA, "brightness is measured so"),
    /// The same, to be noted.
    warn_luma_std: Decimal = Decimal(20.0) => within(LUMA, "brightness is measured so"),
    /// The least sharpness: the variance of the Laplacian.
    lap_var: Decimal = Decimal(20.0) => within(PIXELS, "it is measured so"),
    /// The same, to be noted.
    warn_lap_var: Decimal = Decimal(60.0) => within(PIXELS, "it is measured so"),
    /// The greatest turn to a side: the nose's shift over the distance of the eyes.
    yaw: Decimal = Decimal(0.35) => within(TURN, "it is measured so"),
    /// The same, to be noted.
    warn_yaw: Decimal = Decimal(0.25) => within(TURN, "it is measured so"),
    /// The least height of the nose between the eyes (0) and the mouth (1): below it the head is raised.
    pitch_least: Decimal = Decimal(0.4) => within(TURN, "it is measured so"),
    /// The same, to be noted.
    warn_pitch_least: Decimal = Decimal(0.46) => within(TURN, "it is measured so"),
    /// The greatest: above it the head is lowered.
    pitch_most: Decimal = Decimal(0.78) => within(TURN, "it is measured so"),
    /// The same, to be noted.
    warn_pitch_most: Decimal = Decimal(0.72) => within(TURN, "it is measured so"),
    /// The greatest tilt, in degrees.
    roll: Decimal = Decimal(45.0) => within(DEGREES, "it is an angle"),
    /// The same, to be noted.
    warn_roll: Decimal = Decimal(25.0) => within(DEGREES, "it is an angle"),
});

impl Face {
    /// As the engine takes them.
    pub(crate) fn settings(&self) -> Result<Settings, Trouble> {
        self.check()?;
        if self.min_side > self.max_side {
            return Err(Trouble::usage("[face] min_side is larger than max_side").advice("else every photo is refused"));
        }
        Ok(Settings {
            inference: self.inference(),
            embedder: self.embedder.clone(),
            pass_score: self.pass_score.0,
            liveness: match self.liveness {
                Liveness::Off => shiming_face::Liveness::Off,
                Liveness::Report => shiming_face::Liveness::Report,
                Liveness::Enforce => shiming_face::Liveness::Enforce,
            },
            live: number(self.live),
            max_pixels: self.max_pixels as u64,
            max_side: side(self.max_side),
            min_side: side(self.min_side),
            reduce_pixels: self.reduce_pixels as u64,
            reduced_side: side(self.reduced_side),
            decoded_pixels: self.decoded_pixels as u64,
            face_score: number(self.detector_score),
            counted_width: number(self.counted_width),
            limits: self.limits()?,
        })
    }

    fn inference(&self) -> Inference {
        match self.engine {
            Engine::Rten => Inference::Rten,
            Engine::Onnxruntime => {
                let system = || format!("{DLL_PREFIX}onnxruntime{DLL_SUFFIX}").into();
                Inference::Onnxruntime(self.onnxruntime.clone().unwrap_or_else(system))
            }
        }
    }

    fn limits(&self) -> Result<Limits, Trouble> {
        let limits = Limits {
            iod: number(self.iod),
            warn_iod: number(self.warn_iod),
            inside: number(self.inside),
            dark: number(self.dark),
            warn_dark: number(self.warn_dark),
            bright: number(self.bright),
            warn_bright: number(self.warn_bright),
            bright_frac: number(self.bright_frac),
            warn_bright_frac: number(self.warn_bright_frac),
            dark_frac: number(self.dark_frac),
            warn_dark_frac: number(self.warn_dark_frac),
            luma_std: number(self.luma_std),
            warn_luma_std: number(self.warn_luma_std),
            lap_var: number(self.lap_var),
            warn_lap_var: number(self.warn_lap_var),
            yaw: number(self.yaw),
            warn_yaw: number(self.warn_yaw),
            pitch: [number(self.pitch_least), number(self.pitch_most)],
            warn_pitch: [number(self.warn_pitch_least), number(self.warn_pitch_most)],
            roll: number(self.roll),
            warn_roll: number(self.warn_roll),
        };
        let [low, high] = limits.pitch;
        if limits.dark >= limits.bright || low >= high {
            return Err(Trouble::usage("[face] dark must be below bright, and pitch_least below pitch_most")
                .advice("else every photo is refused"));
        }
        Ok(limits)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the engine's numbers are short")]
fn number(Decimal(value): Decimal) -> f32 {
    value as f32
}

/// Pixels on a side; its bounds have been looked at.
fn side(pixels: usize) -> u32 {
    u32::try_from(pixels).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_engines() {
        assert_eq!(Face::default().settings().unwrap(), Settings::default());
    }

    #[test]
    fn onnxruntime_is_the_systems_unless_a_library_is_named() {
        let chosen = |onnxruntime: Option<&str>| {
            let onnxruntime = onnxruntime.map(PathBuf::from);
            Face { engine: Engine::Onnxruntime, onnxruntime, ..Face::default() }.settings().unwrap().inference
        };
        assert_eq!(chosen(Some("/opt/ort.so")), Inference::Onnxruntime("/opt/ort.so".into()));
        let Inference::Onnxruntime(system) = chosen(None) else { panic!("another engine") };
        assert_eq!(system.file_stem().unwrap(), "libonnxruntime");
    }

    #[test]
    fn a_limit_that_means_nothing_is_named() {
        let refused = |face: Face| face.settings().unwrap_err().to_string();
        let pass = refused(Face { pass_score: Decimal(100.5), ..Face::default() });
        assert_eq!(pass, "error: [face] pass_score must be from 1 to 100: 0 would let everybody pass");
        assert!(refused(Face { inside: Decimal(80.0), ..Face::default() }).contains("[face] inside"));
        assert!(refused(Face { detector_score: Decimal(0.5), ..Face::default() }).contains("[face] detector_score"));
        assert!(refused(Face { dark: Decimal(240.0), ..Face::default() }).contains("every photo is refused"));
        assert!(refused(Face { max_side: usize::MAX, ..Face::default() }).contains("[face] max_side"));
    }

    #[test]
    fn every_limit_reaches_the_engine() {
        use crate::config::Section as _;
        let elsewhere = ["models", "engine", "onnxruntime", "keep_photos", "workers", "queue", "embedder", "liveness"];
        for key in Face::default().keys().into_iter().filter(|key| !elsewhere.contains(&key.name)) {
            // A number that each key takes, and none has.
            let changed = ["77", "0.77", "7777"].into_iter().find_map(|number| {
                let mut face = Face::default();
                face.set(key.name, number)?.ok()?;
                face.settings().ok()
            });
            assert_ne!(changed.unwrap(), Settings::default(), "{}", key.name);
        }
    }
}
