//! A model that was read, checked and made ready.

use std::path::Path;

use super::entry::Entry;
use crate::ModelError;
use crate::detect::{Landmarks, Point};
use crate::net::{Loader, Net, planes};
use crate::score::Levels;

/// A checked model, ready to run.
pub(crate) struct Loaded {
    entry: Entry,
    net: Box<dyn Net>,
}

impl Loaded {
    /// Reads the file, compares its hash with the list's, and its results with the recorded ones.
    pub(super) fn open(entry: &Entry, dir: &Path, engine: &Loader) -> Result<Self, ModelError> {
        let onnx = entry.read(dir)?;
        let net = engine
            .load(onnx, entry.side)
            .map_err(|error| ModelError::Unusable { file: entry.file.clone(), why: error.to_string() })?;
        let loaded = Self { entry: entry.clone(), net };
        loaded.probe()?;
        Ok(loaded)
    }

    /// The name in the list.
    pub(crate) fn id(&self) -> &str {
        &self.entry.id
    }

    /// The file's hash.
    pub(crate) fn sha256(&self) -> [u8; 32] {
        self.entry.sha256()
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

    /// Runs a test pattern, and compares what comes out with the recorded results where the list has some.
    fn probe(&self) -> Result<(), ModelError> {
        let outputs = self
            .net
            .run(self.planes(&pattern(self.side())))
            .map_err(|error| ModelError::Unusable { file: self.entry.file.clone(), why: error.to_string() })?;
        let values = outputs.concat();
        let got = (0..8).map(|index| values.get(index * values.len() / 8).copied().unwrap_or(f32::NAN));
        let near = |(got, want): (f32, &f32)| (got - want).abs() <= 1e-3 * want.abs().max(1.0);
        let good = match &self.entry.probe {
            Some(probe) => got.zip(probe).all(near),
            None => !values.is_empty() && values.iter().all(|value| value.is_finite()),
        };
        if good { Ok(()) } else { Err(ModelError::WrongResult(self.entry.file.clone())) }
    }
}

/// Pixels of no picture in particular, the same on every machine.
fn pattern(side: usize) -> Vec<u8> {
    (0..side * side * 3).map(|index| ((index * 31) ^ (index >> 5)) as u8).collect()
}
