//! Small ONNX files without a library: the few messages of the format that a chain of operators needs.

/// A network's file.
#[derive(Default)]
pub(crate) struct Network {
    nodes: Vec<Vec<u8>>,
    tensors: Vec<Vec<u8>>,
    inputs: Vec<Vec<u8>>,
    outputs: Vec<Vec<u8>>,
}

impl Network {
    /// A network whose one input `in` has this shape.
    pub(crate) fn new(shape: &[u64]) -> Self {
        Self { inputs: vec![value("in", shape)], ..Self::default() }
    }

    /// Adds an operator; `out` is what it makes, and gives it its name.
    pub(crate) fn node(&mut self, operator: &str, from: &[&str], out: &str, attributes: &[(&str, &[u64])]) {
        let mut node = Vec::new();
        for name in from {
            bytes(&mut node, 1, name.as_bytes());
        }
        bytes(&mut node, 2, out.as_bytes());
        bytes(&mut node, 3, out.as_bytes());
        bytes(&mut node, 4, operator.as_bytes());
        for (name, list) in attributes {
            bytes(&mut node, 5, &attribute(name, list));
        }
        self.nodes.push(node);
    }

    /// Adds weights.
    pub(crate) fn floats(&mut self, name: &str, shape: &[u64], values: &[f32]) {
        let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.tensor(name, shape, 1, &raw);
    }

    /// Adds whole numbers, such as a shape.
    pub(crate) fn integers(&mut self, name: &str, values: &[i64]) {
        let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.tensor(name, &[values.len() as u64], 7, &raw);
    }

    fn tensor(&mut self, name: &str, shape: &[u64], kind: u64, raw: &[u8]) {
        let mut tensor = Vec::new();
        for length in shape {
            number(&mut tensor, 1, *length);
        }
        number(&mut tensor, 2, kind);
        bytes(&mut tensor, 8, name.as_bytes());
        bytes(&mut tensor, 9, raw);
        self.tensors.push(tensor);
    }

    /// Says that something which was made leaves the network.
    pub(crate) fn output(&mut self, name: &str, shape: &[u64]) {
        self.outputs.push(value(name, shape));
    }

    /// The file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut graph = Vec::new();
        for node in &self.nodes {
            bytes(&mut graph, 1, node);
        }
        bytes(&mut graph, 2, b"tiny");
        for tensor in &self.tensors {
            bytes(&mut graph, 5, tensor);
        }
        for input in &self.inputs {
            bytes(&mut graph, 11, input);
        }
        for output in &self.outputs {
            bytes(&mut graph, 12, output);
        }
        let mut operators = Vec::new();
        number(&mut operators, 2, 13);
        let mut model = Vec::new();
        number(&mut model, 1, 7);
        bytes(&mut model, 7, &graph);
        bytes(&mut model, 8, &operators);
        model
    }
}

/// A list of whole numbers; of one number, that number.
fn attribute(name: &str, list: &[u64]) -> Vec<u8> {
    let mut attribute = Vec::new();
    bytes(&mut attribute, 1, name.as_bytes());
    if let [one] = list {
        number(&mut attribute, 3, *one);
        number(&mut attribute, 20, 2);
    } else {
        for value in list {
            number(&mut attribute, 8, *value);
        }
        number(&mut attribute, 20, 7);
    }
    attribute
}

fn value(name: &str, shape: &[u64]) -> Vec<u8> {
    let mut dims = Vec::new();
    for length in shape {
        let mut dim = Vec::new();
        number(&mut dim, 1, *length);
        bytes(&mut dims, 1, &dim);
    }
    let (mut tensor, mut kind, mut value) = (Vec::new(), Vec::new(), Vec::new());
    number(&mut tensor, 1, 1);
    bytes(&mut tensor, 2, &dims);
    bytes(&mut kind, 1, &tensor);
    bytes(&mut value, 1, name.as_bytes());
    bytes(&mut value, 2, &kind);
    value
}

fn bytes(into: &mut Vec<u8>, field: u64, content: &[u8]) {
    varint(into, field << 3 | 2);
    varint(into, content.len() as u64);
    into.extend(content);
}

fn number(into: &mut Vec<u8>, field: u64, value: u64) {
    varint(into, field << 3);
    varint(into, value);
}

fn varint(into: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        let [low, ..] = value.to_le_bytes();
        into.push(low | 0x80);
        value >>= 7;
    }
    let [low, ..] = value.to_le_bytes();
    into.push(low);
}
