//! The engine that is always there: `rten`, which is Rust and part of the program.

use std::cell::RefCell;
use std::sync::Arc;

use rten::{Model, ModelOptions, OpRegistry, RunOptions, ThreadPool, ValueOrView};
use rten_tensor::NdTensorView;

use super::{Net, NetFault};

/// A network run by `rten`.
pub(crate) struct Rten {
    model: Model,
    side: usize,
}

impl Rten {
    /// Takes the bytes of an ONNX file. Only the operators named below can be loaded at all.
    pub(crate) fn load(onnx: Vec<u8>, side: usize) -> Result<Self, NetFault> {
        let model = ModelOptions::with_ops(operators())
            .prepack_weights(true)
            .load(onnx)
            .map_err(|error| NetFault(error.to_string()))?;
        Ok(Self { model, side })
    }
}

/// What the built-in list's files use, and what else networks that describe faces are commonly made of: with these an
/// operator's own model can be loaded. Loops, branches and random numbers are not among them.
fn operators() -> OpRegistry {
    rten::op_registry!(
        Add,
        AveragePool,
        BatchNormalization,
        Cast,
        Clip,
        Concat,
        Conv,
        Div,
        Dropout,
        Flatten,
        Gather,
        Gemm,
        GlobalAveragePool,
        HardSigmoid,
        HardSwish,
        Identity,
        LeakyRelu,
        MatMul,
        MaxPool,
        Mul,
        PRelu,
        Pad,
        Pow,
        ReduceL2,
        ReduceMean,
        ReduceSum,
        Relu,
        Reshape,
        Resize,
        Shape,
        Sigmoid,
        Slice,
        Softmax,
        Sqrt,
        Squeeze,
        Sub,
        Transpose,
        Unsqueeze
    )
}

thread_local! {
    /// One thread for each thread that calls: `rten` would otherwise spread one photo over all cores, and many photos at
    /// once would queue behind each other.
    static ALONE: RefCell<Option<Arc<ThreadPool>>> = const { RefCell::new(None) };
}

fn alone() -> Arc<ThreadPool> {
    ALONE.with_borrow_mut(|pool| Arc::clone(pool.get_or_insert_with(|| Arc::new(ThreadPool::with_num_threads(1)))))
}

impl Net for Rten {
    fn run(&self, planes: &[f32]) -> Result<Vec<Vec<f32>>, NetFault> {
        let said = |error: &dyn std::fmt::Display| NetFault(error.to_string());
        let input = NdTensorView::try_from_data([1, 3, self.side, self.side], planes).map_err(|error| said(&error))?;
        let &[id] = self.model.input_ids() else { return Err(NetFault("not one input".to_owned())) };
        let options = RunOptions::default().with_thread_pool(Some(alone()));
        let inputs = vec![(id, ValueOrView::from(input))];
        let outputs = self.model.run(inputs, self.model.output_ids(), Some(options)).map_err(|error| said(&error))?;
        outputs
            .into_iter()
            .map(|value| {
                let tensor: rten_tensor::Tensor<f32> =
                    value.try_into().map_err(|error| NetFault(format!("{error}")))?;
                Ok(tensor.into_data())
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_network_are_refused() {
        assert!(Rten::load(Vec::new(), 8).is_err());
        assert!(Rten::load(b"\x08\x07not a network at all".to_vec(), 8).is_err());
    }
}
