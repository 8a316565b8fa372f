//! A network's file, cut into what `rten` runs and the depthwise convolutions between.
//!
//! Each piece is a network of its own, in the same format. Values that cross from one to the next have a slot.

use std::collections::{HashMap, HashSet};

use rten_onnx::onnx::{
    AttributeProto, DataLocation, DataType, GraphProto, ModelProto, NodeProto, TensorProto, TypeProto, TypeProtoTensor,
    ValueInfoProto,
};

use super::depthwise::Depthwise;

/// A network in pieces, in the order in which they run.
pub(super) struct Cut {
    pub(super) pieces: Vec<Piece>,
    /// How many slots there are. The first holds the input.
    pub(super) slots: usize,
    /// The slots of the outputs, in the order of the file.
    pub(super) outputs: Vec<usize>,
}

/// A piece, and the slots that it reads and writes.
pub(super) enum Piece {
    /// A network, as a file.
    Rest { onnx: Vec<u8>, inputs: Vec<usize>, outputs: Vec<usize> },
    /// A depthwise convolution.
    Depthwise { of: Depthwise, input: usize, output: usize },
}

/// Cuts a network; `None` if it has no depthwise convolution, or something that is better left in one piece.
pub(super) fn cut(onnx: &[u8]) -> Option<Cut> {
    let model = ModelProto::parse_buf(onnx).ok()?;
    let graph = Graph::of(model.graph.as_ref()?)?;
    let steps = graph.steps();
    if !steps.iter().any(|step| matches!(step, Step::Depthwise { .. })) {
        return None;
    }
    let levels = graph.levels(&steps)?;
    let last = levels.values().copied().max()?;
    let mut slots = Slots::default();
    slots.of(graph.input);
    let mut pieces = Vec::new();
    for level in 0..=last {
        // Convolutions make the values that this level begins with.
        for step in &steps {
            if let Step::Depthwise { of, input, output } = step
                && levels.get(output) == Some(&level)
            {
                let (input, output) = (slots.of(input), slots.of(output));
                pieces.push(Piece::Depthwise { of: of.clone(), input, output });
            }
        }
        pieces.extend(graph.rest(&model, &steps, &levels, level, &mut slots)?);
    }
    let outputs = graph.outputs.iter().map(|name| slots.known(name)).collect::<Option<_>>()?;
    Some(Cut { pieces, slots: slots.0.len(), outputs })
}

/// Numbers for names.
#[derive(Default)]
struct Slots<'a>(HashMap<&'a str, usize>);

impl<'a> Slots<'a> {
    fn of(&mut self, name: &'a str) -> usize {
        let next = self.0.len();
        *self.0.entry(name).or_insert(next)
    }

    fn known(&self, name: &str) -> Option<usize> {
        self.0.get(name).copied()
    }
}

/// What is looked at of a file.
struct Graph<'a> {
    nodes: Vec<&'a NodeProto>,
    weights: HashMap<&'a str, &'a TensorProto>,
    input: &'a str,
    outputs: Vec<&'a str>,
}

/// A node that stays with `rten`, or a convolution with the activation that follows it.
enum Step<'a> {
    Node(&'a NodeProto),
    Depthwise { of: Depthwise, input: &'a str, output: &'a str },
}

impl<'a> Graph<'a> {
    fn of(graph: &'a GraphProto) -> Option<Self> {
        let weights: HashMap<_, _> =
            graph.initializer.iter().filter_map(|tensor| Some((tensor.name.as_deref()?, tensor))).collect();
        let names = |values: &'a [ValueInfoProto]| values.iter().filter_map(|value| value.name.as_deref());
        let inputs: Vec<_> = names(&graph.input).filter(|name| !weights.contains_key(name)).collect();
        let &[input] = inputs.as_slice() else { return None };
        // A branch or a loop may take values by name from outside.
        if graph.node.iter().any(|node| node.attribute.iter().any(|attribute| attribute.g.is_some())) {
            return None;
        }
        Some(Self { nodes: graph.node.iter().collect(), weights, input, outputs: names(&graph.output).collect() })
    }

    fn steps(&self) -> Vec<Step<'a>> {
        let mut steps = Vec::with_capacity(self.nodes.len());
        let mut taken = HashSet::new();
        for (index, node) in self.nodes.iter().enumerate() {
            if taken.contains(&index) {
                continue;
            }
            let Some((mut of, input, mut output)) = self.depthwise(node) else {
                steps.push(Step::Node(node));
                continue;
            };
            if let Some((follower, slopes, activated)) = self.activation(output, of.channels()) {
                taken.insert(follower);
                (of.slopes, output) = (Some(slopes), activated);
            }
            steps.push(Step::Depthwise { of, input, output });
        }
        steps
    }

    fn depthwise(&self, node: &'a NodeProto) -> Option<(Depthwise, &'a str, &'a str)> {
        let (input, weights, bias) = match node.input.as_slice() {
            [input, weights] => (input, weights, None),
            [input, weights, bias] => (input, weights, Some(bias)),
            _ => return None,
        };
        let [output] = node.output.as_slice() else { return None };
        let weights = self.weights.get(weights.as_str())?;
        let &[channels, 1, height, width] = weights.dims.as_slice() else { return None };
        let is =
            |name: &str, wanted: &str| attribute(node, name).is_none_or(|found| found.s.as_deref() == Some(wanted));
        let group = attribute(node, "group").and_then(|group| group.i)?;
        let plain = node.op_type.as_deref() == Some("Conv") && group == channels && is("auto_pad", "NOTSET");
        if !plain || group < 2 || whole_numbers::<2>(node, "dilations", 1)? != [1, 1] {
            return None;
        }
        let kernel = [usize::try_from(height).ok()?, usize::try_from(width).ok()?];
        let channels = usize::try_from(channels).ok()?;
        let weights = floats(weights)?;
        let bias = match bias {
            None => vec![0.0; channels],
            Some(bias) => floats(self.weights.get(bias.as_str())?)?,
        };
        let sound =
            bias.len() == channels && Some(weights.len()) == channels.checked_mul(kernel[0].checked_mul(kernel[1])?);
        let strides = whole_numbers(node, "strides", 1)?;
        let small = kernel.iter().chain(&strides).all(|length| (1..=16).contains(length));
        let pads = whole_numbers(node, "pads", 0)?;
        let of = Depthwise { kernel, strides, pads, weights, bias, slopes: None };
        (sound && small && pads.iter().all(|pad| *pad <= 16)).then_some((of, input, output))
    }

    /// The activation that is all that becomes of a value: its node, the slopes below zero, and the name of what it makes.
    fn activation(&self, value: &str, channels: usize) -> Option<(usize, Vec<f32>, &'a str)> {
        if self.outputs.contains(&value) {
            return None;
        }
        let mut readers = self.nodes.iter().enumerate().filter(|(_, node)| node.input.iter().any(|name| name == value));
        let (index, node) = readers.next()?;
        let [output] = node.output.as_slice() else { return None };
        if readers.next().is_some() || node.input.first().is_none_or(|name| name != value) {
            return None;
        }
        let slopes = match (node.op_type.as_deref()?, node.input.as_slice()) {
            ("Relu", [_]) => vec![0.0; channels],
            ("LeakyRelu", [_]) => vec![attribute(node, "alpha").map_or(Some(0.01), |alpha| alpha.f)?; channels],
            ("PRelu", [_, slopes]) => {
                let tensor = self.weights.get(slopes.as_str())?;
                let a_channel_each = matches!(tensor.dims.as_slice(), [_, 1, 1] | [1, _, 1, 1]);
                floats(tensor).filter(|slopes| a_channel_each && slopes.len() == channels)?
            }
            _ => return None,
        };
        Some((index, slopes, output))
    }

    /// For every value that depends on the input: how many depthwise convolutions it lies behind. `None` if the nodes do
    /// not come in the order in which they can run.
    fn levels(&self, steps: &[Step<'a>]) -> Option<HashMap<&'a str, usize>> {
        let mut levels = HashMap::from([(self.input, 0)]);
        let mut constants: HashSet<&str> = self.weights.keys().copied().collect();
        for step in steps {
            match step {
                Step::Depthwise { input, output, .. } => {
                    let behind = levels.get(input)? + 1;
                    levels.insert(output, behind);
                }
                Step::Node(node) => {
                    let named = || node.input.iter().map(String::as_str).filter(|name| !name.is_empty());
                    if !named().all(|name| levels.contains_key(name) || constants.contains(name)) {
                        return None;
                    }
                    let level = named().filter_map(|name| levels.get(name)).max().copied();
                    for output in &node.output {
                        match level {
                            Some(level) => _ = levels.insert(output, level),
                            None => _ = constants.insert(output),
                        }
                    }
                }
            }
        }
        Some(levels)
    }

    /// What `rten` does on one level, as a network of its own; no piece where that is nothing.
    fn rest(
        &self,
        model: &ModelProto,
        steps: &[Step<'a>],
        levels: &HashMap<&'a str, usize>,
        level: usize,
        slots: &mut Slots<'a>,
    ) -> Option<Vec<Piece>> {
        let is_here = |name: &str| levels.get(name) == Some(&level);
        let nodes: Vec<&'a NodeProto> = steps
            .iter()
            .filter_map(|step| match step {
                Step::Node(node) if node.output.iter().any(|name| is_here(name)) => Some(*node),
                _ => None,
            })
            .collect();
        if nodes.is_empty() {
            return Some(Vec::new());
        }
        let made: HashSet<&str> = nodes.iter().flat_map(|node| &node.output).map(String::as_str).collect();
        let (mut inputs, mut constants) = (Vec::new(), Vec::new());
        for name in nodes.iter().flat_map(|node| &node.input).map(String::as_str) {
            let list = if levels.contains_key(name) { &mut inputs } else { &mut constants };
            if !name.is_empty() && !made.contains(name) && !list.contains(&name) {
                list.push(name);
            }
        }
        let outputs: Vec<&str> = nodes
            .iter()
            .flat_map(|node| &node.output)
            .map(String::as_str)
            .filter(|name| self.outputs.contains(name) || is_read_elsewhere(name, steps, &is_here))
            .collect();
        let (mut node, initializer) = self.constants(steps, constants);
        node.extend(nodes.into_iter().cloned());
        let value = |name: &&str| value(name);
        let (input, output) = (inputs.iter().map(value).collect(), outputs.iter().map(value).collect());
        let graph = GraphProto { node, initializer, input, output, value_info: Vec::new() };
        let (ir_version, opset_import) = (model.ir_version, model.opset_import.clone());
        let onnx =
            ModelProto { ir_version, graph: Some(graph), opset_import, ..ModelProto::default() }.write_buf().ok()?;
        let inputs = inputs.into_iter().map(|name| slots.known(name)).collect::<Option<_>>()?;
        let outputs = outputs.into_iter().map(|name| slots.of(name)).collect();
        Some(vec![Piece::Rest { onnx, inputs, outputs }])
    }

    /// The weights of these names, and the nodes that make them where they are made.
    fn constants(&self, steps: &[Step<'a>], mut names: Vec<&'a str>) -> (Vec<NodeProto>, Vec<TensorProto>) {
        let (mut nodes, mut tensors) = (Vec::new(), Vec::new());
        let mut next = 0;
        while let Some(&name) = names.get(next) {
            next += 1;
            if let Some(tensor) = self.weights.get(name) {
                tensors.push((*tensor).clone());
                continue;
            }
            let maker = steps.iter().enumerate().find_map(|(index, step)| match step {
                Step::Node(node) if node.output.iter().any(|made| made == name) => Some((index, *node)),
                _ => None,
            });
            let Some((index, node)) = maker else { continue };
            nodes.push((index, node));
            names.extend(node.input.iter().map(String::as_str).filter(|name| !name.is_empty()));
        }
        nodes.sort_by_key(|(index, _)| *index);
        nodes.dedup_by_key(|(index, _)| *index);
        tensors.sort_by(|one, other| one.name.cmp(&other.name));
        tensors.dedup_by(|one, other| one.name == other.name);
        (nodes.into_iter().map(|(_, node)| node.clone()).collect(), tensors)
    }
}

/// Whether a convolution reads a value, or a node of another level does.
fn is_read_elsewhere(value: &str, steps: &[Step<'_>], is_here: &dyn Fn(&str) -> bool) -> bool {
    steps.iter().any(|step| match step {
        Step::Depthwise { input, .. } => *input == value,
        Step::Node(node) => {
            node.input.iter().any(|name| name == value) && !node.output.iter().any(|name| is_here(name))
        }
    })
}

/// Numbers of any shape.
fn value(name: &str) -> ValueInfoProto {
    let tensor_type = Some(TypeProtoTensor { elem_type: Some(DataType::FLOAT), shape: None });
    ValueInfoProto { name: Some(name.to_owned()), r#type: Some(TypeProto { tensor_type, sequence: None }) }
}

fn attribute<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    node.attribute.iter().find(|attribute| attribute.name.as_deref() == Some(name))
}

/// A list of this many whole numbers, all `usual` where it is not there; `None` if it is another list.
fn whole_numbers<const N: usize>(node: &NodeProto, name: &str, usual: usize) -> Option<[usize; N]> {
    let Some(list) = attribute(node, name) else { return Some([usual; N]) };
    let numbers: Vec<usize> = list.ints.iter().map(|number| usize::try_from(*number)).collect::<Result<_, _>>().ok()?;
    numbers.try_into().ok()
}

fn floats(tensor: &TensorProto) -> Option<Vec<f32>> {
    let here = tensor.data_location.is_none_or(|location| location == DataLocation::DEFAULT);
    if tensor.data_type != Some(DataType::FLOAT) || !here {
        return None;
    }
    match &tensor.raw_data {
        None => Some(tensor.float_data.clone()),
        Some(raw) => {
            let raw = raw.borrow();
            let (values, []) = raw.as_chunks::<4>() else { return None };
            Some(values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
        }
    }
}

#[cfg(test)]
#[path = "cut_tests.rs"]
mod tests;
