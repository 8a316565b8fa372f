//! The face engine on threads of its own, behind the core's port and the import's.
//!
//! A comparison takes ten milliseconds and more of a whole core, so it never runs on the threads that answer calls. What
//! waits for a thread is bounded: when the queue is full the engine is busy, and says so at once.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
};

use shiming_core::{BoxFuture, FaceMatcher, Score, Unusable, face::Likeness, record::Maker};
use shiming_face::{Embedding, Engine, FaceError, ModelError};
use tokio::sync::{Mutex, oneshot};

use crate::{config::Face, import::Templates, trouble::Trouble};

/// The engine, and the threads that work for it. They end when this is dropped.
pub(crate) struct Faces {
    engine: Arc<Engine>,
    queue: SyncSender<Question>,
}

/// Names the model; there is nothing else to show.
impl fmt::Debug for Faces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Faces({})", self.engine.model())
    }
}

/// One comparison that waits.
struct Question {
    template: Vec<u8>,
    photo: Vec<u8>,
    answer: oneshot::Sender<Likeness>,
}

impl Faces {
    /// Loads the engine that the configuration names, and starts its threads; none where it names none.
    pub(crate) fn open(config: &Face) -> Result<Option<Self>, Trouble> {
        let Some(engine) = engine(config)? else { return Ok(None) };
        Self::start(Arc::new(engine), config.workers.max(1), config.queue).map(Some)
    }

    fn start(engine: Arc<Engine>, workers: usize, queue: usize) -> Result<Self, Trouble> {
        let (sender, receiver) = sync_channel(queue);
        let receiver = Arc::new(Mutex::new(receiver));
        for number in 0..workers {
            let (engine, receiver) = (Arc::clone(&engine), Arc::clone(&receiver));
            std::thread::Builder::new()
                .name(format!("face-{number}"))
                .spawn(move || work(&engine, &receiver))
                .map_err(|error| Trouble::broken("a thread could not be started").because(error))?;
        }
        Ok(Self { engine, queue: sender })
    }
}

/// Loads the engine that the configuration names; none where it names none.
pub(crate) fn engine(config: &Face) -> Result<Option<Engine>, Trouble> {
    let settings = config.settings()?;
    let Some(models) = &config.models else { return Ok(None) };
    Engine::open(models, settings).map(Some).map_err(|error| match error {
        ModelError::Engine(_) => Trouble::usage("[face] engine: onnxruntime cannot be used")
            .because(error)
            .advice("name its library in [face] onnxruntime, or set engine = \"rten\", which needs none"),
        error => Trouble::usage("[face] models: the face engine cannot be started")
            .because(error)
            .advice("`shiming models list` says what is missing"),
    })
}

/// A command that is about the engine, where none is configured.
pub(crate) fn no_folder() -> Trouble {
    Trouble::usage("[face] models names no folder").advice("name one there, or in SHIMING_FACE_MODELS")
}

/// Answers questions until there is nobody left to ask one.
fn work(engine: &Engine, questions: &Mutex<Receiver<Question>>) {
    loop {
        // The lock is let go before the work begins: the next thread waits for the next question meanwhile.
        let next = questions.blocking_lock().recv();
        let Ok(Question { template, photo, answer }) = next else { return };
        if answer.is_closed() {
            continue;
        }
        // A fault in the engine costs one answer, and not the thread.
        let found = catch_unwind(AssertUnwindSafe(|| likeness(engine, &template, &photo))).unwrap_or_else(|_| {
            tracing::error!("the face engine broke off: a fault of the program");
            Likeness::Busy
        });
        // Whoever asked may have gone.
        let _ = answer.send(found);
    }
}

fn likeness(engine: &Engine, template: &[u8], photo: &[u8]) -> Likeness {
    let Ok(reference) = Embedding::from_bytes(template) else { return Likeness::OtherModel };
    match engine.analyse(photo) {
        Err(error) => Likeness::Unusable(reason(error)),
        Ok(report) => match engine.compare(&reference, &report.embedding) {
            Err(_) => Likeness::OtherModel,
            Ok(found) if found.pass => Likeness::Same(score(found.score)),
            Ok(found) => Likeness::Different(score(found.score)),
        },
    }
}

/// The engine's score, which has two decimals.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0 to 10000 by then")]
fn score(of: f64) -> Score {
    Score::from_hundredths((of * 100.0).round().clamp(0.0, 10_000.0) as u16).unwrap_or(Score::LEAST)
}

const fn reason(error: FaceError) -> Unusable {
    match error {
        FaceError::BadImage => Unusable::NotAnImage,
        FaceError::ImageTooLarge => Unusable::TooLarge,
        FaceError::NoFace => Unusable::NoFace,
        FaceError::MultipleFaces => Unusable::SeveralFaces,
        FaceError::FaceTooSmall => Unusable::TooSmall,
        FaceError::FaceIncomplete => Unusable::Incomplete,
        FaceError::Blurred => Unusable::Blurred,
        FaceError::TooDark => Unusable::TooDark,
        FaceError::TooBright => Unusable::TooBright,
        FaceError::Flat => Unusable::Flat,
        FaceError::Pose => Unusable::Pose,
        FaceError::NotLive => Unusable::NotLive,
    }
}

impl FaceMatcher for Faces {
    fn compare<'a>(&'a self, template: &'a [u8], photo: &'a [u8]) -> BoxFuture<'a, Likeness> {
        let (answer, told) = oneshot::channel();
        let question = Question { template: template.into(), photo: photo.into(), answer };
        let taken = self.queue.try_send(question);
        Box::pin(async move {
            match taken {
                Ok(()) => told.await.unwrap_or(Likeness::Busy),
                Err(_) => Likeness::Busy,
            }
        })
    }
}

impl Templates for Faces {
    fn template(&self, photo: &[u8]) -> Result<Vec<u8>, Unusable> {
        self.engine.analyse(photo).map(|report| report.embedding.to_bytes()).map_err(reason)
    }

    fn maker(&self) -> Maker {
        self.engine.maker()
    }
}

#[cfg(test)]
#[path = "faces_tests.rs"]
mod tests;
