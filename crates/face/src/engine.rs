//! The whole way of a photo, and the comparison of two.

use std::path::Path;

use crate::align::crop;
use crate::detect::{Face, detect, main_face};
use crate::liveness;
use crate::models::{Identity, List, Loaded};
use crate::net::Loader;
use crate::picture::Picture;
use crate::quality::{Quality, judge};
use crate::score::{Levels, Match, ModelMismatch, score};
use crate::{Embedding, FaceError, Liveness, ModelError, Settings};

/// The loaded models. Shared read-only by all threads. Each call works on the thread that makes it, for some tens of
/// milliseconds: give it a bounded pool of threads, not the async executor.
pub struct Engine {
    settings: Settings,
    loader: Loader,
    models: Models,
}

struct Models {
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

/// A photo, read, and the faces in it.
pub struct Looked {
    /// The photo, upright.
    pub picture: Picture,
    /// The accepted faces.
    pub faces: Vec<Face>,
}

/// From this distance of the eyes on a face loses nothing when it is brought to the size of the embedder's crop, which is
/// 128 pixels wide with the eyes 47 apart.
const CLEAR_IOD: f32 = 48.0;

impl Engine {
    /// Loads the models from a folder. Each file's SHA-256 and its results for a test pattern are checked first. A list of
    /// the folder's own comes before the built-in one: see [`List::of`].
    pub fn open(dir: &Path, settings: Settings) -> Result<Self, ModelError> {
        let loader = Loader::of(&settings.inference)?;
        let models = loader.work(|| Models::open(dir, &settings, &loader))?;
        Ok(Self { settings, loader, models })
    }

    /// What the engine was opened with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The name of the model whose embeddings this engine makes and compares.
    pub fn model(&self) -> &str {
        &self.models.embedder.id
    }

    /// What stands for the model and its file: see [`List::maker`].
    pub fn maker(&self) -> [u8; 16] {
        self.models.embedder.maker
    }

    /// Reads a photo, finds the one face in it, judges and describes it.
    pub fn analyse(&self, photo: &[u8]) -> Result<Report, FaceError> {
        self.loader.work(|| {
            let Looked { picture, faces } = self.look(photo)?;
            self.describe(photo, picture, faces)
        })
    }

    /// Reads a photo and finds the accepted faces in it. All places are in pixels of the picture, which may be smaller than
    /// the photo.
    pub fn look(&self, photo: &[u8]) -> Result<Looked, FaceError> {
        self.loader.work(|| {
            let picture = Picture::read(photo, &self.settings)?;
            let faces = self.find(&picture)?;
            Ok(Looked { picture, faces })
        })
    }

    fn describe(&self, photo: &[u8], picture: Picture, faces: Vec<Face>) -> Result<Report, FaceError> {
        let (face, counted) = main_face(faces, self.settings.counted_width).ok_or(FaceError::NoFace)?;
        if counted > 1 {
            return Err(FaceError::MultipleFaces);
        }
        let (picture, face) = self.large_enough(photo, picture, face)?;
        let quality = judge(&picture, &face, &self.settings.limits)?;
        let live = self.live(&picture, &face)?;
        let embedding = self.embed(&picture, &face)?;
        Ok(Report { face: face.scaled(picture.reduced()), counted, quality, embedding, live })
    }

    /// A small face in a large photo: it was found in the photo decoded smaller, and is described from more of its pixels.
    fn large_enough(&self, photo: &[u8], picture: Picture, face: Face) -> Result<(Picture, Face), FaceError> {
        let wanted = CLEAR_IOD / face.iod();
        if picture.reduced() <= 1.0 || wanted <= 1.0 || !wanted.is_finite() {
            return Ok((picture, face));
        }
        let longest = picture.width().max(picture.height()) as f32 * wanted;
        let larger = Picture::read_larger(photo, &self.settings, longest.ceil() as u64)?;
        let face = face.scaled(larger.width() as f32 / picture.width() as f32);
        Ok((larger, face))
    }

    /// Describes a face of a picture, whatever its quality.
    pub fn embed(&self, picture: &Picture, face: &Face) -> Result<Embedding, FaceError> {
        self.models.embedder.describe(picture, face).ok_or(FaceError::BadImage)
    }

    /// How alike two faces are. Both embeddings must be of the model this engine was opened with.
    pub fn compare(&self, one: &Embedding, other: &Embedding) -> Result<Match, ModelMismatch> {
        if !self.models.embedder.made(one) {
            return Err(ModelMismatch);
        }
        let cosine = one.cosine(other).ok_or(ModelMismatch)?;
        let score = score(cosine, &self.models.embedder.levels);
        Ok(Match { cosine, score, pass: score >= self.settings.pass_score })
    }

    /// The accepted faces, in pixels of the photo. Large photos in which the first look finds nobody get a second, finer
    /// one: a face that is a tenth of the photo's width has 32 pixels at the first.
    pub fn find(&self, picture: &Picture) -> Result<Vec<Face>, FaceError> {
        let Models { first, second, .. } = &self.models;
        let faces = self.see(first, picture)?;
        let longest = picture.width().max(picture.height());
        if faces.is_empty() && longest > first.side() { self.see(second, picture) } else { Ok(faces) }
    }

    fn live(&self, picture: &Picture, face: &Face) -> Result<Option<f32>, FaceError> {
        let Some(liveness) = &self.models.liveness else { return Ok(None) };
        let live = liveness.judge(picture, &face.bbox)?;
        if self.settings.liveness == Liveness::Enforce && live < self.settings.live {
            return Err(FaceError::NotLive);
        }
        Ok(Some(live))
    }

    fn see(&self, model: &Loaded, picture: &Picture) -> Result<Vec<Face>, FaceError> {
        let mut faces = detect(model.net(), model.side(), picture).map_err(|_| FaceError::BadImage)?;
        faces.retain(|face| face.score >= self.settings.face_score);
        Ok(faces)
    }
}

impl Models {
    fn open(dir: &Path, settings: &Settings, loader: &Loader) -> Result<Self, ModelError> {
        let list = List::of(dir)?;
        let first = list.open(dir, &list.detector.first, loader)?;
        let second = list.open(dir, &list.detector.second, loader)?;
        let embedder = Embedder::open(&list, dir, &settings.embedder, loader)?;
        let liveness = match settings.liveness {
            Liveness::Off => None,
            Liveness::Report | Liveness::Enforce => Some(liveness::Liveness::open(&list, dir, loader)?),
        };
        Ok(Self { first, second, embedder, liveness })
    }
}

/// One or two networks that describe a face, and the scale of their cosines.
struct Embedder {
    id: String,
    sha256: [u8; 32],
    maker: [u8; 16],
    levels: Levels,
    models: Vec<Loaded>,
}

impl Embedder {
    fn open(list: &List, dir: &Path, embedder: &str, loader: &Loader) -> Result<Self, ModelError> {
        let models = list.embedders(embedder).map(|id| list.open(dir, id, loader)).collect::<Result<Vec<_>, _>>()?;
        if let Some(model) = models.iter().find(|model| model.template().is_none()) {
            return Err(ModelError::List(format!("{} is no embedder: it has no template", model.id())));
        }
        let identity = list.identity(embedder)?;
        let maker = identity.maker();
        let Identity { id, sha256 } = identity;
        Ok(Self { id, sha256, maker, levels: list.levels(&models)?, models })
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
    let outputs = model.net().run(model.planes(&rgb)).ok()?;
    Embedding::of(model.id(), model.sha256(), outputs.first()?)
}
