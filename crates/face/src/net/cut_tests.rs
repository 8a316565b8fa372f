use rten::{Model, ValueOrView};
use rten_tensor::NdTensorView;

use super::super::Net;
use super::super::built_in::Rten;
use super::*;

#[path = "../../tests/support/onnx.rs"]
mod onnx;
use onnx::Network;

const SIDE: usize = 24;
const CHANNELS: u64 = 5;

fn numbers(count: u64) -> Vec<f32> {
    (0..count).map(|index| ((index * 7919) % 257) as f32 / 128.0 - 1.0).collect()
}

/// A convolution; depthwise where it has as many groups as channels.
fn convolution(network: &mut Network, from: &str, out: &str, inputs: u64, group: u64, stride: u64) {
    let (kernel, each) = if group == 1 { (1, inputs) } else { (3, 1) };
    let (weights, bias) = (format!("{out}_w"), format!("{out}_b"));
    network.floats(&weights, &[CHANNELS, each, kernel, kernel], &numbers(CHANNELS * each * kernel * kernel));
    network.floats(&bias, &[CHANNELS], &numbers(CHANNELS));
    let pad = kernel / 2;
    network.node(
        "Conv",
        &[from, &weights, &bias],
        out,
        &[
            ("kernel_shape", &[kernel, kernel]),
            ("strides", &[stride, stride]),
            ("pads", &[pad; 4]),
            ("group", &[group]),
        ],
    );
}

/// Convolutions behind each other, after which a value from before them is added; one whose result is read twice, one that
/// is an output, and an activation with weights.
fn network() -> Vec<u8> {
    let mut network = Network::new(&[1, 3, SIDE as u64, SIDE as u64]);
    convolution(&mut network, "in", "first", 3, 1, 1);
    convolution(&mut network, "first", "deep", CHANNELS, CHANNELS, 1);
    network.node("Relu", &["deep"], "bent", &[]);
    convolution(&mut network, "bent", "deeper", CHANNELS, CHANNELS, 1);
    network.node("Add", &["deeper", "first"], "sum", &[]);
    network.node("Relu", &["deeper"], "also", &[]);
    network.node("Mul", &["sum", "also"], "product", &[]);
    convolution(&mut network, "product", "small", CHANNELS, CHANNELS, 2);
    network.floats("slopes", &[CHANNELS, 1, 1], &numbers(CHANNELS));
    network.node("PRelu", &["small", "slopes"], "leaking", &[]);
    convolution(&mut network, "leaking", "last", CHANNELS, CHANNELS, 1);
    network.node("Sigmoid", &["last"], "share", &[]);
    let side = SIDE as u64;
    network.output("share", &[1, CHANNELS, side / 2, side / 2]);
    network.output("last", &[1, CHANNELS, side / 2, side / 2]);
    network.integers("flat", &[1, -1]);
    network.node("Reshape", &["sum", "flat"], "row", &[]);
    network.output("row", &[1, CHANNELS * side * side]);
    network.bytes()
}

/// The same network in one piece.
fn in_one_piece(onnx: Vec<u8>, planes: &[f32]) -> Vec<Vec<f32>> {
    let model = Model::load(onnx).expect("a model");
    let input = NdTensorView::try_from_data([1, 3, SIDE, SIDE], planes).expect("a tensor");
    let inputs = vec![(model.input_ids()[0], ValueOrView::from(input))];
    let outputs = model.run(inputs, model.output_ids(), None).expect("outputs");
    outputs.into_iter().map(|value| rten_tensor::Tensor::<f32>::try_from(value).expect("floats").into_data()).collect()
}

#[test]
fn a_network_in_pieces_gives_what_it_gives_in_one() {
    let planes: Vec<f32> = numbers(3 * (SIDE * SIDE) as u64);
    let got = Rten::load(network(), SIDE).expect("a network").run(planes.clone()).expect("outputs");
    let want = in_one_piece(network(), &planes);
    assert_eq!(got.iter().map(Vec::len).collect::<Vec<_>>(), want.iter().map(Vec::len).collect::<Vec<_>>());
    for (index, (got, want)) in got.iter().zip(&want).enumerate() {
        let near = |(got, want): (&f32, &f32)| (got - want).abs() <= 1e-4 * want.abs().max(1.0);
        assert!(got.iter().zip(want).all(near), "output {index}");
    }
}

#[test]
fn an_activation_belongs_to_the_convolution_before_it_if_nobody_else_reads_that() {
    let Cut { pieces, outputs, .. } = cut(&network()).expect("pieces");
    let slopes: Vec<_> = pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Depthwise { of, .. } => Some(of.slopes.clone()),
            Piece::Rest { .. } => None,
        })
        .collect();
    // The second is read twice, the last is an output.
    assert_eq!(slopes, [Some(vec![0.0; 5]), None, Some(numbers(5)), None]);
    assert_eq!((pieces.len(), outputs.len()), (7, 3), "three pieces between the four, and none between the first two");
}

#[test]
fn what_has_no_depthwise_convolution_or_is_no_network_stays_whole() {
    let mut network = Network::new(&[1, 3, 8, 8]);
    convolution(&mut network, "in", "out", 3, 1, 1);
    network.output("out", &[1, CHANNELS, 8, 8]);
    assert!(cut(&network.bytes()).is_none());
    assert!(cut(b"").is_none());
    assert!(cut(b"\x08\x07not a network at all").is_none());
}

#[test]
fn a_file_damaged_anywhere_is_refused_or_runs_and_ends_nothing() {
    let whole = network();
    let planes = numbers(CHANNELS * (SIDE * SIDE) as u64);
    let mut ran = 0;
    for at in 0..whole.len() {
        let mut onnx = whole.clone();
        onnx[at] ^= 1 << (at % 8);
        // Only the cut and our own convolutions are tried; what `rten` makes of such a file is its own matter.
        for piece in cut(&onnx).map(|cut| cut.pieces).unwrap_or_default() {
            if let Piece::Depthwise { of, .. } = piece {
                let values = of.channels() * SIDE * SIDE;
                ran += usize::from(of.run(planes.get(..values).unwrap_or(&planes), [SIDE, SIDE]).is_some());
            }
        }
    }
    assert!(ran > 100, "{ran}");
}
