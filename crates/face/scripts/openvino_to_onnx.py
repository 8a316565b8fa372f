#!/usr/bin/env python3
"""Turns face-reidentification-retail-0095 as Intel publishes it (OpenVINO IR, FP16) into the ONNX file of the list.

    python3 -m venv .venv && .venv/bin/pip install numpy onnx
    .venv/bin/python openvino_to_onnx.py reid0095_fp16_ir.xml reid0095_fp16_ir.bin reid0095_128.onnx

Operator by operator: FP16 weights are widened to float32, an addition of a constant after a convolution becomes its
bias, a PReLU with one slope becomes a LeakyRelu (slopes may be negative or above 1), an average over the whole plane a
global one. The same input gives the same bytes, so the result has the SHA-256 of crates/face/src/models/models.toml, or
it is not the network that was measured.
"""
import sys
import xml.etree.ElementTree as ElementTree

import numpy
import onnx
from onnx import TensorProto, helper


def numbers(text):
    return [int(part) for part in text.split(",")] if text else []


class Layer:
    """A layer of the IR."""

    def __init__(self, element):
        self.id = int(element.get("id"))
        self.type = element.get("type")
        data = element.find("data")
        self.data = dict(data.attrib) if data is not None else {}
        ports = element.find("output")
        self.shape = [] if ports is None else [int(dim.text) for dim in ports.find("port").findall("dim")]
        self.sources = []


def read(path):
    """All layers by number, each with the numbers of those that it takes from, in the order of its ports."""
    root = ElementTree.parse(path).getroot()
    layers = {layer.id: layer for layer in map(Layer, root.find("layers"))}
    edges = sorted(root.find("edges"), key=lambda edge: (int(edge.get("to-layer")), int(edge.get("to-port"))))
    for edge in edges:
        layers[int(edge.get("to-layer"))].sources.append(int(edge.get("from-layer")))
    return layers


class Writer:
    """The ONNX graph as it grows."""

    def __init__(self, layers, weights):
        self.layers, self.weights = layers, weights
        self.nodes, self.initializers = [], []
        # By a layer's number: the name of what it makes, a constant's name and values, who takes from it.
        self.names, self.constants, self.users = {}, {}, {}
        for layer in self.in_order():
            for source in layer.sources:
                self.users.setdefault(source, []).append(layer)

    def in_order(self):
        return [self.layers[number] for number in sorted(self.layers)]

    def graph(self):
        for layer in self.in_order():
            if layer.type == "Const":
                self.constants[layer.id] = (f"w{len(self.constants) + 1}", self.values(layer))
        for layer in self.in_order():
            if layer.type == "Convert":
                self.constants[layer.id] = self.constants[layer.sources[0]]
        for layer in self.in_order():
            if layer.id not in self.constants and layer.id not in self.names:
                getattr(self, "on_" + layer.type.lower())(layer)
        # The last node's output is the network's.
        result = next(layer for layer in self.layers.values() if layer.type == "Result")
        size = self.layers[result.sources[0]].shape[1]
        last = helper.make_node("Flatten", [self.names[result.sources[0]]], ["embedding"], axis=1)
        image = helper.make_tensor_value_info("image", TensorProto.FLOAT, self.shape_of_input)
        embedding = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, size])
        return helper.make_graph(self.nodes + [last], "embedding", [image], [embedding], self.initializers)

    def node(self, operator, layer, sources, **attributes):
        name = f"t{layer.id}"
        self.nodes.append(helper.make_node(operator, sources, [name], **attributes))
        self.names[layer.id] = name

    def initializer(self, number, array):
        """Weights under the name of the constant that they are."""
        name, _ = self.constants[number]
        self.initializers.append(onnx.numpy_helper.from_array(numpy.ascontiguousarray(array, numpy.float32), name))
        return name

    def constant(self, number):
        return self.constants[number][1] if number in self.constants else None

    def on_parameter(self, layer):
        self.shape_of_input = layer.shape
        self.names[layer.id] = "image"

    def values(self, layer):
        if layer.data["element_type"] != "f16":
            raise SystemExit("the weights are not FP16: this is not the network that the script is for")
        offset, size = int(layer.data["offset"]), int(layer.data["size"])
        values = numpy.frombuffer(self.weights[offset : offset + size], "<f2").astype(numpy.float32)
        return values.reshape(numbers(layer.data["shape"]))

    def on_convolution(self, layer, group=1):
        image, weights = layer.sources
        values = self.constant(weights)
        if group > 1:
            # Groups have an axis of their own in the IR.
            values = values.reshape(values.shape[0] * values.shape[1], *values.shape[2:])
        sources = [self.names[image], self.initializer(weights, values)]
        user = self.users[layer.id][0]
        bias = self.constant(user.sources[1]) if user.type == "Add" else None
        if bias is not None:
            sources.append(self.initializer(user.sources[1], bias.reshape(-1)))
        self.node("Conv", layer, sources, **self.window(layer, values, group))
        if bias is not None:
            self.names[user.id] = self.names[layer.id]

    def on_groupconvolution(self, layer):
        self.on_convolution(layer, group=int(self.constant(layer.sources[1]).shape[0]))

    @staticmethod
    def window(layer, values, group):
        begin, end = numbers(layer.data["pads_begin"]), numbers(layer.data["pads_end"])
        return dict(
            dilations=numbers(layer.data["dilations"]),
            group=group,
            kernel_shape=list(values.shape[2:]),
            pads=begin + end,
            strides=numbers(layer.data["strides"]),
        )

    def on_add(self, layer):
        self.node("Add", layer, self.both(layer))

    def on_multiply(self, layer):
        self.node("Mul", layer, self.both(layer))

    def both(self, layer):
        left, right = layer.sources
        values = self.constant(right)
        return [self.names[left], self.names[right] if values is None else self.initializer(right, values)]

    def on_prelu(self, layer):
        slope = self.constant(layer.sources[1])
        if slope.size != 1:
            raise SystemExit("a PReLU has more than one slope")
        self.node("LeakyRelu", layer, [self.names[layer.sources[0]]], alpha=float(slope.reshape(-1)[0]))

    def on_avgpool(self, layer):
        if numbers(layer.data["kernel"]) != self.layers[layer.sources[0]].shape[2:]:
            raise SystemExit("an average does not go over the whole plane")
        self.node("GlobalAveragePool", layer, [self.names[layer.sources[0]]])

    def on_sigmoid(self, layer):
        self.node("Sigmoid", layer, [self.names[layer.sources[0]]])

    def on_result(self, layer):
        pass


def convert(xml, weights):
    """The ONNX file's bytes."""
    graph = Writer(read(xml), weights).graph()
    model = helper.make_model(graph, producer_name="ir-convert", opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model.SerializeToString()


def main(xml, binary, out):
    with open(binary, "rb") as file:
        onnx_bytes = convert(xml, file.read())
    with open(out, "wb") as file:
        file.write(onnx_bytes)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
