//! `[face]`: the engine that compares portraits.

use std::path::PathBuf;

use crate::trouble::Trouble;

section!("face", "Comparing portraits: JD Cloud's checkType 3, Alipay's FACE_API, and reference portraits of an import.", Face {
    /// Folder with the model files (yunet_n_320.onnx, yunet_n_640.onnx, reid0095_128.onnx). Without it everything but portrait checks works.
    models: Option<PathBuf> = None,
    /// The score, 0 to 100, from which two faces count as one person's. 70: one stranger in a thousand passes; 80: one in ten thousand.
    pass_score: usize = 70,
    /// Threads that compare. A comparison takes tens of milliseconds of one core.
    workers: usize = 2,
    /// How many comparisons may wait for a thread; beyond that callers are told that the server is busy.
    queue: usize = 32,
});

impl Face {
    /// As the engine takes it.
    pub(crate) fn pass_score(&self) -> Result<f64, Trouble> {
        match u8::try_from(self.pass_score) {
            Ok(score @ 1..=100) => Ok(f64::from(score)),
            _ => Err(Trouble::usage("[face] pass_score must be from 1 to 100")),
        }
    }
}
