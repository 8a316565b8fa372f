//! The engine that is always there: `rten`, which is Rust and part of the program. Depthwise convolutions, in which it is
//! slow, are ours.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

use rten::{Model, ModelOptions, NodeId, OpRegistry, RunOptions, ThreadPool, Value, ValueOrView};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, Tensor};

use super::cut::{Cut, Piece, cut};
use super::depthwise::Depthwise;
use super::{Net, NetFault};

/// A network run by `rten`, in one piece or cut at its depthwise convolutions.
pub(crate) struct Rten {
    side: usize,
    parts: Vec<Part>,
    slots: usize,
    outputs: Vec<usize>,
}

/// A piece that is ready to run. The slots of values that it is the last to read stand in `last`.
struct Part {
    work: Work,
    inputs: Vec<usize>,
    outputs: Vec<usize>,
    last: Vec<usize>,
}

enum Work {
    Network(Network),
    Depthwise(Depthwise),
}

/// What `rten` runs.
struct Network {
    model: Box<Model>,
    inputs: Vec<NodeId>,
    outputs: Vec<NodeId>,
}

impl Rten {
    /// Takes the bytes of an ONNX file. Only the operators named below can be loaded at all.
    pub(crate) fn load(onnx: Vec<u8>, side: usize) -> Result<Self, NetFault> {
        let mut network = match cut(&onnx) {
            None => Self::whole(onnx, side)?,
            Some(Cut { pieces, slots, outputs }) => {
                drop(onnx);
                let parts = pieces.into_iter().map(Part::load).collect::<Result<_, _>>()?;
                Self { side, parts, slots, outputs }
            }
        };
        network.note_last_uses();
        Ok(network)
    }

    /// In one piece: the first slot is its input, the others are its outputs.
    fn whole(onnx: Vec<u8>, side: usize) -> Result<Self, NetFault> {
        let network = Network::load(onnx)?;
        if network.inputs.len() != 1 {
            return Err(NetFault("not one input".to_owned()));
        }
        let slots = 1 + network.outputs.len();
        let outputs: Vec<usize> = (1..slots).collect();
        Ok(Self { side, parts: vec![Part::of(Work::Network(network), vec![0], outputs.clone())], slots, outputs })
    }

    /// A value is given up after its last use, and the part that uses it last may work in its place.
    fn note_last_uses(&mut self) {
        let mut later = self.outputs.clone();
        for part in self.parts.iter_mut().rev() {
            part.last = part.inputs.iter().copied().filter(|slot| !later.contains(slot)).collect();
            later.extend(&part.inputs);
        }
    }

    fn values(&self, planes: Vec<f32>, pool: &Arc<ThreadPool>) -> Result<Vec<Vec<f32>>, NetFault> {
        let input = NdTensor::try_from_data([1, 3, self.side, self.side], planes).map_err(said)?;
        let mut values: Vec<Option<Value>> = (0..self.slots).map(|_| None).collect();
        if let Some(first) = values.first_mut() {
            *first = Some(input.into_dyn().into());
        }
        for part in &self.parts {
            let made = part.run(&mut values, pool)?;
            for (slot, value) in part.outputs.iter().zip(made) {
                if let Some(place) = values.get_mut(*slot) {
                    *place = Some(value);
                }
            }
        }
        let mut output = |slot: &usize| {
            let value = values.get_mut(*slot).and_then(Option::take).ok_or_else(missing)?;
            Ok(Tensor::<f32>::try_from(value).map_err(said)?.into_data())
        };
        self.outputs.iter().map(&mut output).collect()
    }
}

impl Part {
    fn of(work: Work, inputs: Vec<usize>, outputs: Vec<usize>) -> Self {
        Self { work, inputs, outputs, last: Vec::new() }
    }

    fn load(piece: Piece) -> Result<Self, NetFault> {
        match piece {
            Piece::Rest { onnx, inputs, outputs } => Ok(Self::of(Work::Network(Network::load(onnx)?), inputs, outputs)),
            Piece::Depthwise { of, input, output } => Ok(Self::of(Work::Depthwise(of), vec![input], vec![output])),
        }
    }

    fn run(&self, values: &mut [Option<Value>], pool: &Arc<ThreadPool>) -> Result<Vec<Value>, NetFault> {
        let mut owned: Vec<Option<Value>> = Vec::with_capacity(self.inputs.len());
        for slot in &self.inputs {
            let last = self.last.contains(slot);
            owned.push(if last { values.get_mut(*slot).and_then(Option::take) } else { None });
        }
        let kept = |slot: &usize| values.get(*slot).and_then(Option::as_ref);
        match &self.work {
            Work::Network(Network { model, inputs, outputs }) => {
                let mut given = Vec::with_capacity(inputs.len());
                for ((id, slot), owned) in inputs.iter().zip(&self.inputs).zip(owned) {
                    let value = match owned {
                        Some(value) => ValueOrView::from(value),
                        None => ValueOrView::from(kept(slot).ok_or_else(missing)?),
                    };
                    given.push((*id, value));
                }
                let options = RunOptions::default().with_thread_pool(Some(Arc::clone(pool)));
                model.run(given, outputs, Some(options)).map_err(said)
            }
            Work::Depthwise(of) => {
                let owned = owned.pop().flatten();
                let input = owned.as_ref().or_else(|| self.inputs.first().and_then(kept));
                match input {
                    Some(Value::FloatTensor(tensor)) => convolve(of, tensor).map(|value| vec![value]),
                    _ => Err(missing()),
                }
            }
        }
    }
}

impl Network {
    fn load(onnx: Vec<u8>) -> Result<Self, NetFault> {
        let model = ModelOptions::with_ops(operators()).prepack_weights(true).load(onnx).map_err(said)?;
        let (inputs, outputs) = (model.input_ids().to_vec(), model.output_ids().to_vec());
        Ok(Self { model: Box::new(model), inputs, outputs })
    }
}

fn convolve(of: &Depthwise, input: &Tensor<f32>) -> Result<Value, NetFault> {
    let refused = || NetFault("a convolution's input has another shape".to_owned());
    let &[1, channels, height, width] = input.shape() else { return Err(refused()) };
    let size = [height, width];
    let [out_height, out_width] = of.output_size(size).filter(|_| channels == of.channels()).ok_or_else(refused)?;
    let input = input.to_contiguous();
    let output = of.run(input.data(), size).ok_or_else(refused)?;
    let output = NdTensor::try_from_data([1, channels, out_height, out_width], output).map_err(said)?;
    Ok(output.into_dyn().into())
}

fn said(error: impl std::fmt::Display) -> NetFault {
    NetFault(error.to_string())
}

fn missing() -> NetFault {
    NetFault("a value is missing between two pieces".to_owned())
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

/// Pools that nobody works in at the moment. There are as many as threads have ever worked at once.
static IDLE: Mutex<Vec<Arc<ThreadPool>>> = Mutex::new(Vec::new());

thread_local! {
    /// The pool that this thread is the one thread of.
    static OURS: RefCell<Option<Arc<ThreadPool>>> = const { RefCell::new(None) };
}

/// Works on a pool of one thread: `rten` would otherwise spread one photo over all cores, and many photos at once would
/// queue behind each other. What works there already stays there.
///
/// An allocator keeps for each thread what that thread has let go. So everything that takes memory is done there, and the
/// next photo has what the one before it had.
pub(super) fn on_one_thread<R: Send>(work: impl FnOnce(&Arc<ThreadPool>) -> R + Send) -> R {
    if let Some(pool) = OURS.with_borrow(Clone::clone) {
        return work(&pool);
    }
    let taken = Taken::any();
    taken.0.run(|| {
        OURS.set(Some(Arc::clone(&taken.0)));
        work(&taken.0)
    })
}

/// A pool that is given back whatever happens.
struct Taken(Arc<ThreadPool>);

impl Taken {
    fn any() -> Self {
        let idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Self(idle.unwrap_or_else(|| Arc::new(ThreadPool::with_num_threads(1))))
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        IDLE.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&self.0));
    }
}

impl Net for Rten {
    fn run(&self, planes: Vec<f32>) -> Result<Vec<Vec<f32>>, NetFault> {
        on_one_thread(|pool| self.values(planes, pool))
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
