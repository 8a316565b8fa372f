//! The other engine: the system's onnxruntime, a library that is loaded when the program starts.
//!
//! `ort`, the crate behind it, loads the library by itself at its first use and panics where that fails. So it is loaded
//! here first, and what comes of it is a [`NetFault`].

use std::panic::catch_unwind;
use std::path::{Path, PathBuf, absolute};
use std::sync::{Mutex, PoisonError};

use ort::LoadDynamicError;
use ort::environment::Environment;
use ort::logging::LogLevel;
use ort::session::Session;
use ort::value::TensorRef;

use super::{Net, NetFault};

impl<T> From<ort::Error<T>> for NetFault {
    fn from(error: ort::Error<T>) -> Self {
        Self(error.to_string())
    }
}

/// The loaded library.
#[derive(Clone)]
pub(crate) struct Runtime(Environment);

/// The library of this process and where it is from: a process takes one, and keeps it.
static LOADED: Mutex<Option<(PathBuf, Environment)>> = Mutex::new(None);

impl Runtime {
    /// Loads the library, if this process has not done so yet. A bare file name is looked for where the system has its
    /// libraries; anything else is a path.
    pub(crate) fn load(library: &Path) -> Result<Self, NetFault> {
        let library = place(library)?;
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        match &*loaded {
            Some((path, environment)) if *path == library => Ok(Self(environment.clone())),
            Some((path, _)) => {
                let (path, library) = (path.display(), library.display());
                Err(NetFault(format!("{library}: this process has loaded {path} already, and a process takes one")))
            }
            None => {
                let environment = environment(&library)?;
                Ok(Self(loaded.insert((library, environment)).1.clone()))
            }
        }
    }

    /// Takes the bytes of an ONNX file.
    pub(crate) fn network(&self, onnx: Vec<u8>, side: usize) -> Result<Network, NetFault> {
        let side = i64::try_from(side).map_err(|_| NetFault("a side without end".to_owned()))?;
        let network = Network { environment: self.0.clone(), onnx, side, idle: Mutex::default() };
        let session = network.session()?;
        if session.inputs().len() != 1 {
            return Err(NetFault("not one input".to_owned()));
        }
        network.put_back(session);
        Ok(network)
    }
}

fn place(library: &Path) -> Result<PathBuf, NetFault> {
    let bare = library.components().count() == 1 && library.file_name() == Some(library.as_os_str());
    if bare {
        return Ok(library.to_owned());
    }
    absolute(library).map_err(|error| NetFault(format!("{}: {error}", library.display())))
}

/// A library that does not keep to its own interface makes `ort` panic; here that is one more reason why it is unusable.
fn environment(library: &Path) -> Result<Environment, NetFault> {
    catch_unwind(|| start(library)).unwrap_or_else(|_| {
        Err(NetFault(format!("{}: it does not give the interface of onnxruntime", library.display())))
    })
}

fn start(library: &Path) -> Result<Environment, NetFault> {
    let builder = ort::init_from(library).map_err(|error| NetFault(why(&error, library)))?;
    let environment = builder.with_name("shiming").with_telemetry(false).build()?;
    // What fails is told to the caller; the library's own lines would stand between the log's.
    environment.set_log_level(LogLevel::Fatal);
    Ok(environment)
}

fn why(error: &LoadDynamicError, library: &Path) -> String {
    let library = library.display();
    match error {
        // The system's words begin with the library's name, or with that of another which it needs.
        LoadDynamicError::Dlopen { error, .. } => format!("{library} cannot be loaded: {error}"),
        LoadDynamicError::MissingApi { .. } => format!("{library} is no onnxruntime: it has no OrtGetApiBase"),
        LoadDynamicError::InvalidVersionString => format!("{library} does not say which version it is"),
        LoadDynamicError::BadVersion { version_str, .. } => {
            format!("{library} is onnxruntime {version_str}, and 1.{} is needed or later", ort::MINOR_VERSION)
        }
    }
}

/// A network run by onnxruntime. A session serves one thread at a time, so there are as many as threads have ever called
/// at once; a further one is made of the file's bytes, which takes some milliseconds.
pub(crate) struct Network {
    environment: Environment,
    onnx: Vec<u8>,
    side: i64,
    idle: Mutex<Vec<Session>>,
}

impl Network {
    /// One that works on the calling thread: the threads that compare are the program's, and bounded.
    fn session(&self) -> Result<Session, NetFault> {
        let builder = Session::builder(&self.environment)?.with_intra_threads(1)?.with_inter_threads(1)?;
        Ok(builder.with_intra_op_spinning(false)?.commit_from_memory(&self.onnx)?)
    }

    fn take(&self) -> Result<Session, NetFault> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| self.session(), Ok)
    }

    fn put_back(&self, session: Session) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(session);
    }
}

impl Net for Network {
    fn run(&self, planes: Vec<f32>) -> Result<Vec<Vec<f32>>, NetFault> {
        let mut session = self.take()?;
        let outputs = outputs(&mut session, [1, 3, self.side, self.side], &planes);
        self.put_back(session);
        outputs
    }
}

fn outputs(session: &mut Session, shape: [i64; 4], planes: &[f32]) -> Result<Vec<Vec<f32>>, NetFault> {
    let input = TensorRef::from_array_view((shape, planes))?;
    let outputs = session.run([input.into()])?;
    outputs.values().map(|value| Ok(value.try_extract_tensor::<f32>()?.1.to_vec())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_is_the_systems_and_anything_else_a_path() {
        assert_eq!(place(Path::new("libonnxruntime.so")).expect("a place"), Path::new("libonnxruntime.so"));
        assert!(place(Path::new("lib/onnxruntime.so")).expect("a place").is_absolute());
        assert!(place(Path::new("./onnxruntime.so")).expect("a place").is_absolute());
        assert!(place(Path::new("")).is_err());
    }
}
