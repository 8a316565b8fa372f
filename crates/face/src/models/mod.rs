//! The models: which files, what goes into each, and the checks before one is trusted.
//!
//! A file with one weight changed would still find faces and give scores, only wrong ones. So a file's hash is compared
//! with the list, and its results on this machine's processor with recorded ones, before the first photo.
//!
//! The list is data. What is built in stands in `models.toml`; a file of that name beside the models adds to it, or takes
//! the place of an entry.

mod entry;
mod install;
mod loaded;

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use serde::Deserialize;

pub use self::entry::{Entry, Part};
pub use self::install::{FileState, Installing};
pub(crate) use self::loaded::Loaded;
use crate::net::Loader;
use crate::score::Levels;
use crate::{Liveness, ModelError, Settings};

const LIST: &str = include_str!("models.toml");
/// The name of the operator's own list, in the folder of models.
pub const OWN_LIST: &str = "models.toml";
/// The embedder that is two.
pub const FUSED: &str = "fused";

/// What models there are, and which are for what.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    pub(crate) detector: Detector,
    fused: Fused,
    pub(crate) liveness: Vec<String>,
    model: Vec<Entry>,
}

/// The ids of the detector's two sizes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Detector {
    /// The first look at a photo.
    pub(crate) first: String,
    /// The second, if the first saw nobody.
    pub(crate) second: String,
}

/// What is used when one embedder is not enough.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fused {
    models: [String; 2],
    levels: Levels,
}

/// An operator's list: any part of [`List`].
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Own {
    detector: Option<Detector>,
    fused: Option<Fused>,
    liveness: Option<Vec<String>>,
    model: Vec<Entry>,
}

impl List {
    /// The built-in list alone.
    pub fn built_in() -> Result<Self, ModelError> {
        let list: Self = toml::from_str(LIST).map_err(|error| wrong(error.message()))?;
        list.model.iter().try_for_each(Entry::check)?;
        Ok(list)
    }

    /// The built-in list, with what a folder's own list adds to it or replaces.
    pub fn of(dir: &Path) -> Result<Self, ModelError> {
        let list = Self::built_in()?;
        match fs::read_to_string(dir.join(OWN_LIST)) {
            Ok(text) => list.with(&text),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(list),
            Err(source) => Err(ModelError::Unreadable { file: OWN_LIST.to_owned(), source }),
        }
    }

    fn with(mut self, text: &str) -> Result<Self, ModelError> {
        let own: Own = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let line = 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
            wrong(&format!("line {line}: {}", error.message()))
        })?;
        for entry in own.model {
            entry.check()?;
            self.model.retain(|other| other.id != entry.id);
            self.model.push(entry);
        }
        self.detector = own.detector.unwrap_or(self.detector);
        self.fused = own.fused.unwrap_or(self.fused);
        self.liveness = own.liveness.unwrap_or(self.liveness);
        entry::check_levels("fused", &self.fused.levels)?;
        // The mean of no shares is no number, and no number is below a limit: every photo would pass.
        if self.liveness.is_empty() {
            return Err(wrong("liveness must name a model"));
        }
        Ok(self)
    }

    /// Every model.
    pub fn models(&self) -> &[Entry] {
        &self.model
    }

    /// The model of an id.
    pub fn model(&self, id: &str) -> Result<&Entry, ModelError> {
        self.model.iter().find(|entry| entry.id == id).ok_or_else(|| wrong(&format!("{id} is not in it")))
    }

    /// The models that an engine with these settings loads.
    pub fn needed(&self, settings: &Settings) -> Result<Vec<&Entry>, ModelError> {
        let liveness = match settings.liveness {
            Liveness::Off => &[][..],
            Liveness::Report | Liveness::Enforce => &self.liveness,
        };
        let detector = [self.detector.first.as_str(), self.detector.second.as_str()];
        let ids = detector.into_iter().chain(self.embedders(&settings.embedder));
        ids.chain(liveness.iter().map(String::as_str)).map(|id| self.model(id)).collect()
    }

    /// The ids of the networks that an embedder's name means.
    pub(crate) fn embedders<'a>(&'a self, embedder: &'a str) -> impl Iterator<Item = &'a str> {
        let two = self.fused.models.iter().map(String::as_str).filter(move |_| embedder == FUSED);
        two.chain((embedder != FUSED).then_some(embedder))
    }

    /// Whose embeddings an embedder makes.
    pub(crate) fn identity(&self, embedder: &str) -> Result<Identity, ModelError> {
        let models = self.embedders(embedder).map(|id| self.model(id)).collect::<Result<Vec<_>, _>>()?;
        let id = models.iter().map(|model| model.id()).collect::<Vec<_>>().join("+");
        if let [model] = models.as_slice() {
            return Ok(Identity { id, sha256: model.sha256() });
        }
        let mut context = Context::new(&SHA256);
        for model in models {
            context.update(&model.sha256());
        }
        Ok(Identity { id, sha256: finished(context) })
    }

    /// What stands for an embedder's name and file: equal exactly where embeddings may be compared. No model is loaded.
    pub fn maker(&self, embedder: &str) -> Result<[u8; 16], ModelError> {
        self.identity(embedder).map(|identity| identity.maker())
    }

    /// The cosines of the score's levels for these networks.
    pub(crate) fn levels(&self, models: &[Loaded]) -> Result<Levels, ModelError> {
        match models {
            [model] => model.levels().ok_or_else(|| wrong(&format!("{} has no levels", model.id()))),
            _ => Ok(self.fused.levels),
        }
    }

    /// Loads and checks one model of the list.
    pub(crate) fn open(&self, dir: &Path, id: &str, loader: &Loader) -> Result<Loaded, ModelError> {
        Loaded::open(self.model(id)?, dir, loader)
    }
}

/// Whose embeddings: the model's name, both names joined where there are two; the file's hash, the hash of both hashes.
pub(crate) struct Identity {
    pub(crate) id: String,
    pub(crate) sha256: [u8; 32],
}

impl Identity {
    /// Both in sixteen bytes.
    pub(crate) fn maker(&self) -> [u8; 16] {
        let mut context = Context::new(&SHA256);
        context.update(&self.sha256);
        context.update(self.id.as_bytes());
        let mut maker = [0; 16];
        for (byte, from) in maker.iter_mut().zip(finished(context)) {
            *byte = from;
        }
        maker
    }
}

fn finished(context: Context) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

fn wrong(what: &str) -> ModelError {
    ModelError::List(what.lines().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
