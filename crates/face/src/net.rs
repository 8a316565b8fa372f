//! Running a network. The one place that knows the inference engines, so that one can take the other's place.

mod built_in;
mod cut;
mod depthwise;
mod onnxruntime;

use self::built_in::Rten;
use self::onnxruntime::Runtime;
use crate::{Inference, ModelError};

/// A loaded network: one square picture in, some lists of numbers out. One run takes one thread.
pub(crate) trait Net: Send + Sync {
    /// Runs on three planes of `side` x `side` values. The outputs come in the order of the file.
    fn run(&self, planes: Vec<f32>) -> Result<Vec<Vec<f32>>, NetFault>;
}

/// What the inference engine said.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NetFault(String);

/// The inference engine that was chosen, ready to load networks.
pub(crate) enum Loader {
    /// The one that is built in.
    Rten,
    /// The system's.
    Onnxruntime(Runtime),
}

impl Loader {
    /// Makes the chosen engine ready.
    pub(crate) fn of(inference: &Inference) -> Result<Self, ModelError> {
        match inference {
            Inference::Rten => Ok(Self::Rten),
            Inference::Onnxruntime(library) => {
                Runtime::load(library).map(Self::Onnxruntime).map_err(|NetFault(why)| ModelError::Engine(why))
            }
        }
    }

    /// Does work that runs networks, and whatever belongs to it, where the engine is best at it. One work takes one thread.
    pub(crate) fn work<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match self {
            Self::Rten => built_in::on_one_thread(|_| work()),
            Self::Onnxruntime(_) => work(),
        }
    }

    /// Takes the bytes of an ONNX file.
    pub(crate) fn load(&self, onnx: Vec<u8>, side: usize) -> Result<Box<dyn Net>, NetFault> {
        match self {
            Self::Rten => Ok(Box::new(Rten::load(onnx, side)?)),
            Self::Onnxruntime(runtime) => Ok(Box::new(runtime.network(onnx, side)?)),
        }
    }
}

/// The order of the colours in a network's planes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Channels {
    /// Red first.
    Rgb,
    /// Blue first.
    Bgr,
}

/// Pixels to planes: each value less its colour's mean, over its colour's divisor (means and divisors in the planes' order).
pub(crate) fn planes(rgb: &[u8], channels: Channels, mean: [f32; 3], divisor: [f32; 3]) -> Vec<f32> {
    let order = match channels {
        Channels::Rgb => [0, 1, 2],
        Channels::Bgr => [2, 1, 0],
    };
    let mut planes = Vec::with_capacity(rgb.len());
    for (plane, colour) in order.into_iter().enumerate() {
        // There are far more pixels than values that one can have.
        let values: [f32; 256] = std::array::from_fn(|value| (value as f32 - mean[plane]) / divisor[plane]);
        planes.extend(rgb.as_chunks::<3>().0.iter().map(|pixel| values[usize::from(pixel[colour])]));
    }
    planes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_are_in_the_order_asked_for_and_normalised() {
        let rgb = [10, 20, 30, 40, 50, 60];
        assert_eq!(planes(&rgb, Channels::Bgr, [0.0; 3], [1.0; 3]), [30.0, 60.0, 20.0, 50.0, 10.0, 40.0]);
        let normal = planes(&rgb, Channels::Rgb, [10.0, 20.0, 0.0], [30.0, 1.0, 2.0]);
        assert_eq!(normal, [0.0, 1.0, 0.0, 30.0, 15.0, 30.0]);
    }
}
