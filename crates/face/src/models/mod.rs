//! The models: which files, what goes into each, and the checks before one is trusted.
//!
//! A file with one weight changed would still find faces and give scores, only wrong ones. So a file's hash is compared
//! with the list, and its results on this machine's processor with recorded ones, before the first photo.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::ModelError;
use crate::detect::{Landmarks, Point};
use crate::net::{Channels, Net, Rten, planes};
use crate::score::Levels;

const LIST: &str = include_str!("models.toml");

/// The built-in list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    /// The two sizes of the detector.
    pub(crate) detector: Detector,
    /// Both embedders together.
    pub(crate) fused: Fused,
    /// The ids of the liveness networks.
    pub(crate) liveness: Vec<String>,
    model: Vec<Entry>,
}

/// The ids of the detector's two sizes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Detector {
    /// The first look at a photo.
    pub(crate) first: String,
    /// The second, if the first saw nobody.
    pub(crate) second: String,
}

/// What differs when both embedders are used.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fused {
    /// The cosines of the score's levels.
    pub(crate) levels: Levels,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    file: String,
    sha256: String,
    bytes: usize,
    side: usize,
    channels: Channels,
    mean: [f32; 3],
    divisor: [f32; 3],
    template: Option<[[f32; 2]; 5]>,
    levels: Option<Levels>,
    view: Option<f32>,
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "for the reader of the list; a test sees that none is forgotten")
    )]
    licence: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "as above"))]
    source: String,
    probe: [f32; 8],
}

impl List {
    /// Reads the built-in list.
    pub(crate) fn built_in() -> Result<Self, ModelError> {
        toml::from_str(LIST).map_err(|error| ModelError::List(error.to_string()))
    }

    /// Loads and checks one model of the list.
    pub(crate) fn open(&self, dir: &Path, id: &str) -> Result<Loaded, ModelError> {
        let entry = self.model.iter().find(|entry| entry.id == id);
        let entry = entry.ok_or_else(|| ModelError::List(format!("{id} is not in it")))?;
        let (onnx, sha256) = entry.read(dir)?;
        let unusable = |why: String| ModelError::Unusable { file: entry.file.clone(), why };
        let net = Rten::load(onnx, entry.side).map_err(|error| unusable(error.to_string()))?;
        let loaded = Loaded { entry: entry.clone(), sha256, net: Box::new(net) };
        loaded.probe()?;
        Ok(loaded)
    }
}

impl Entry {
    fn read(&self, dir: &Path) -> Result<(Vec<u8>, [u8; 32]), ModelError> {
        let onnx = fs::read(dir.join(&self.file))
            .map_err(|source| ModelError::Unreadable { file: self.file.clone(), source })?;
        let sha256 = sha256(&onnx);
        if onnx.len() != self.bytes || !is_hex_of(&self.sha256, &sha256) {
            return Err(ModelError::WrongFile(self.file.clone()));
        }
        Ok((onnx, sha256))
    }
}

fn is_hex_of(hex: &str, bytes: &[u8]) -> bool {
    let pairs = hex.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    });
    pairs.eq(bytes.iter().map(|byte| Some(*byte)))
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    use aws_lc_rs::digest::{SHA256, digest};
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(digest(&SHA256, bytes).as_ref());
    sha256
}

/// A checked model, ready to run.
pub(crate) struct Loaded {
    entry: Entry,
    sha256: [u8; 32],
    net: Box<dyn Net>,
}

impl Loaded {
    /// The name in the list.
    pub(crate) fn id(&self) -> &str {
        &self.entry.id
    }

    /// The file's hash.
    pub(crate) fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// Pixels across and down.
    pub(crate) fn side(&self) -> usize {
        self.entry.side
    }

    /// The network.
    pub(crate) fn net(&self) -> &dyn Net {
        self.net.as_ref()
    }

    /// Where the landmarks lie in the crop.
    pub(crate) fn template(&self) -> Option<Landmarks> {
        self.entry.template.map(|points| points.map(|[x, y]| Point { x, y }))
    }

    /// The cosines of the score's levels.
    pub(crate) fn levels(&self) -> Option<Levels> {
        self.entry.levels
    }

    /// How many times as wide as the face the picture is.
    pub(crate) fn view(&self) -> Option<f32> {
        self.entry.view
    }

    /// A crop of this model's size as its network wants it.
    pub(crate) fn planes(&self, rgb: &[u8]) -> Vec<f32> {
        planes(rgb, self.entry.channels, self.entry.mean, self.entry.divisor)
    }

    /// Compares the results for a test pattern with the recorded ones.
    fn probe(&self) -> Result<(), ModelError> {
        let outputs = self
            .net
            .run(&self.planes(&pattern(self.side())))
            .map_err(|error| ModelError::Unusable { file: self.entry.file.clone(), why: error.to_string() })?;
        let values = outputs.concat();
        let got = (0..8).map(|index| values.get(index * values.len() / 8).copied().unwrap_or(f32::NAN));
        let near = |(got, want): (f32, &f32)| (got - want).abs() <= 1e-3 * want.abs().max(1.0);
        if got.zip(&self.entry.probe).all(near) {
            Ok(())
        } else {
            Err(ModelError::WrongResult(self.entry.file.clone()))
        }
    }
}

/// Pixels of no picture in particular, the same on every machine.
fn pattern(side: usize) -> Vec<u8> {
    (0..side * side * 3).map(|index| ((index * 31) ^ (index >> 5)) as u8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_names_every_model_it_needs() {
        let list = List::built_in().expect("the list");
        for id in [&list.detector.first, &list.detector.second, "reid0095", "mobilefacenet"] {
            let entry = list.model.iter().find(|entry| entry.id == id).expect("an entry");
            assert_eq!(entry.sha256.len(), 64);
            assert!(!entry.licence.is_empty() && !entry.source.is_empty());
            assert!(entry.divisor.iter().all(|divisor| *divisor > 0.0));
            assert!(entry.levels.is_none_or(|levels| levels.is_sorted()));
        }
    }

    #[test]
    fn a_missing_file_and_a_changed_one_are_told_apart() {
        let list = List::built_in().expect("the list");
        let missing = list.open(Path::new("/nonexistent"), "reid0095");
        assert!(matches!(missing, Err(ModelError::Unreadable { .. })));
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join("reid0095_128.onnx"), b"something else").expect("a file");
        let changed = list.open(dir.path(), "reid0095");
        assert!(matches!(changed, Err(ModelError::WrongFile(_))));
        assert!(matches!(list.open(dir.path(), "other"), Err(ModelError::List(_))));
    }
}
