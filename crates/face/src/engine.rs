//! The whole way of a photo, and the comparison of two.

use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};

use crate::align::crop;
use crate::detect::{Face, detect, main_face};
use crate::liveness;
use crate::models::{List, Loaded};
use crate::picture::Picture;
use crate::quality::{Quality, judge};
use crate::score::{Levels, Match, ModelMismatch, score};
use crate::{Embedding, FaceError, Liveness, Mode, ModelError, Settings};

/// The loaded models. Shared read-only by all threads. Each call works on the thread that makes it, for some tens of
/// milliseconds: give it a bounded pool of threads, not the async executor.
pub struct Engine {
    settings: Settings,
    first: Loaded,
    second: Loaded,
    embedder: Embedder,
    liveness: Option<liveness::Liveness>,
}

/// What a good photo shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The face.
    pub face: Face,
    /// How many faces of a like size there are, this one included; always 1 unless the settings count otherwise.
    pub counted: usize,
    /// How good the photo is.
    pub quality: Quality,
    /// The face's description.
    pub embedding: Embedding,
    /// How much the photo looks taken from life, 0 to 1; `None` if that is switched off.
    pub live: Option<f32>,
}

impl Engine {
    /// Loads the models from a folder. Each file's SHA-256 and its results for a test pattern are checked first.
    pub fn open(dir: &Path, settings: Settings) -> Result<Self, ModelError> {
        let list = List::built_in()?;
        let first = list.open(dir, &list.detector.first)?;
        let second = list.open(dir, &list.detector.second)?;
        let embedder = Embedder::open(&list, dir, settings.mode)?;
        let liveness = match settings.liveness {
            Liveness::Off => None,
            Liveness::Report | Liveness::Enforce => Some(liveness::Liveness::open(&list, dir)?),
        };
        Ok(Self { settings, first, second, embedder, liveness })
    }

    /// What the engine was opened with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The name of the model whose embeddings this engine makes and compares.
    pub fn model(&self) -> &str {
        &self.embedder.id
    }

    /// Reads a photo, finds the one face in it, judges and describes it.
    pub fn analyse(&self, photo: &[u8]) -> Result<Report, FaceError> {
        let picture = Picture::read(photo, &self.settings)?;
        let faces = self.faces(&picture)?;
        let (face, counted) = main_face(faces, self.settings.counted_width).ok_or(FaceError::NoFace)?;
        if counted > 1 {
            return Err(FaceError::MultipleFaces);
        }
        let quality = judge(&picture, &face, &self.settings.limits)?;
        let live = self.live(&picture, &face)?;
        let embedding = self.embedder.describe(&picture, &face).ok_or(FaceError::BadImage)?;
        Ok(Report { face, counted, quality, embedding, live })
    }

    /// How alike two faces are. Both embeddings must be of the model this engine was opened with.
    pub fn compare(&self, one: &Embedding, other: &Embedding) -> Result<Match, ModelMismatch> {
        if !self.embedder.made(one) {
            return Err(ModelMismatch);
        }
        let cosine = one.cosine(other).ok_or(ModelMismatch)?;
        let score = score(cosine, &self.embedder.levels);
        Ok(Match { cosine, score, pass: score >= self.settings.pass_score })
    }

    /// The accepted faces, in pixels of the photo. Large photos in which the first look finds nobody get a second, finer
    /// one: a face that is a tenth of the photo's width has 32 pixels at the first.
    fn faces(&self, picture: &Picture) -> Result<Vec<Face>, FaceError> {
        let faces = self.look(&self.first, picture)?;
        let longest = picture.width().max(picture.height());
        if faces.is_empty() && longest > self.first.side() { self.look(&self.second, picture) } else { Ok(faces) }
    }

    fn live(&self, picture: &Picture, face: &Face) -> Result<Option<f32>, FaceError> {
        let Some(liveness) = &self.liveness else { return Ok(None) };
        let live = liveness.judge(picture, &face.bbox)?;
        if self.settings.liveness == Liveness::Enforce && live < self.settings.live {
            return Err(FaceError::NotLive);
        }
        Ok(Some(live))
    }

    fn look(&self, model: &Loaded, picture: &Picture) -> Result<Vec<Face>, FaceError> {
        let mut faces = detect(model.net(), model.side(), picture).map_err(|_| FaceError::BadImage)?;
        faces.retain(|face| face.score >= self.settings.face_score);
        Ok(faces)
    }
}

/// One or two networks that describe a face, and the scale of their cosines.
struct Embedder {
    id: String,
    sha256: [u8; 32],
    levels: Levels,
    models: Vec<Loaded>,
}

impl Embedder {
    fn open(list: &List, dir: &Path, mode: Mode) -> Result<Self, ModelError> {
        let ids: &[&str] = match mode {
            Mode::Reid0095 => &["reid0095"],
            Mode::Mobilefacenet => &["mobilefacenet"],
            Mode::Fused => &["reid0095", "mobilefacenet"],
        };
        let models = ids.iter().map(|id| list.open(dir, id)).collect::<Result<Vec<_>, _>>()?;
        let own = match models.as_slice() {
            [model] => model.levels(),
            _ => Some(list.fused.levels),
        };
        let levels = own.ok_or_else(|| ModelError::List("an embedder without levels".to_owned()))?;
        Ok(Self { id: ids.join("+"), sha256: joint_hash(&models), levels, models })
    }

    fn made(&self, embedding: &Embedding) -> bool {
        embedding.model() == self.id && *embedding.sha256() == self.sha256
    }

    fn describe(&self, picture: &Picture, face: &Face) -> Option<Embedding> {
        let mut parts = self.models.iter().map(|model| describe(model, picture, face));
        let first = parts.next()??;
        match parts.next() {
            None => Some(first),
            Some(second) => Embedding::joined(&self.id, self.sha256, &first, &second?),
        }
    }
}

fn describe(model: &Loaded, picture: &Picture, face: &Face) -> Option<Embedding> {
    let rgb = crop(picture, &face.landmarks, &model.template()?, model.side())?;
    let outputs = model.net().run(&model.planes(&rgb)).ok()?;
    Embedding::of(model.id(), model.sha256(), outputs.first()?)
}

/// The file's hash; of several files, the hash of their hashes.
fn joint_hash(models: &[Loaded]) -> [u8; 32] {
    if let [model] = models {
        return model.sha256();
    }
    let mut context = Context::new(&SHA256);
    for model in models {
        context.update(&model.sha256());
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}
