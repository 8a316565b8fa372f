#!/usr/bin/env python3
"""Turns a MiniFASNet as Minivision publishes it (PyTorch) into the ONNX file of the list, without PyTorch.

    python3 -m venv .venv && .venv/bin/pip install numpy onnx
    .venv/bin/python minifasnet_to_onnx.py 2.7_80x80_MiniFASNetV2.pth minifasnet_v2_s27_80.onnx
    .venv/bin/python minifasnet_to_onnx.py 4_0_0_80x80_MiniFASNetV1SE.pth minifasnet_v1se_s40_80.onnx

The file holds weights by name and no network, so the network's shape is written here, after src/model_lib/MiniFASNet.py
beside them. A batch norm is folded into the convolution before it; the last linear layer, its batch norm and the layer
of classes are one; a softmax is added. The same input gives the same bytes, so the result has the SHA-256 of
crates/face/src/models/models.toml, or it is not the network that was measured.
"""
import pickle
import sys
from collections import OrderedDict

import numpy
import onnx
from onnx import TensorProto, helper

MAGIC = 0x1950A86A20F9469CFC6C
KINDS = {"FloatStorage": numpy.dtype("<f4"), "LongStorage": numpy.dtype("<i8")}
EPSILON = 1e-5
SIDE = 80


class Unpickler(pickle.Unpickler):
    """Reads weights and nothing else: of all that a pickle may name, these few are known."""

    def __init__(self, file):
        super().__init__(file)
        self.storages = {}

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch" and name in KINDS:
            return KINDS[name]
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return Tensor
        raise SystemExit(f"the file names {module}.{name}: it is not what the script is for")

    def persistent_load(self, told):
        _, kind, key, _, count, _ = told
        return self.storages.setdefault(key, Storage(kind, count))


class Storage:
    """Numbers whose bytes come later in the file."""

    def __init__(self, kind, count):
        self.kind, self.count, self.values = kind, count, None


class Tensor:
    """A part of a storage. In these files every tensor lies in one piece."""

    def __init__(self, storage, offset, shape, *_):
        self.storage, self.offset, self.shape = storage, offset, shape

    def values(self):
        count = int(numpy.prod(self.shape, dtype=int))
        return self.storage.values[self.offset : self.offset + count].reshape(self.shape)


def read(path):
    """Every weight by its name."""
    with open(path, "rb") as file:
        if Unpickler(file).load() != MAGIC:
            raise SystemExit("the file is not of the form that PyTorch wrote until 1.5")
        _version, _system = Unpickler(file).load(), Unpickler(file).load()
        reader = Unpickler(file)
        tensors = reader.load()
        for key in Unpickler(file).load():
            storage = reader.storages[key]
            if int.from_bytes(file.read(8), "little") != storage.count:
                raise SystemExit("the file is damaged")
            storage.values = numpy.frombuffer(file.read(storage.count * storage.kind.itemsize), storage.kind)
    return {name.removeprefix("module."): tensor.values() for name, tensor in tensors.items()}


class Writer:
    """The ONNX graph as it grows."""

    def __init__(self, weights):
        self.weights = weights
        self.nodes, self.initializers = [], []
        self.count = 0
        self.last = "patch"

    def name(self, kind):
        self.count += 1
        return f"{kind}{self.count}"

    def initializer(self, array):
        name = self.name("w")
        self.initializers.append(onnx.numpy_helper.from_array(numpy.ascontiguousarray(array, numpy.float32), name))
        return name

    def node(self, operator, arrays=(), sources=None, **attributes):
        """A node over what came last, or over `sources`, and constants; its output is what comes last now."""
        sources = sources or [self.last]
        out = self.name("t")
        self.nodes.append(helper.make_node(operator, [*sources, *map(self.initializer, arrays)], [out], **attributes))
        self.last = out

    def norm(self, name):
        """A batch norm as a factor and a term."""
        gamma, beta, mean, variance = (
            self.weights[f"{name}.{part}"].astype(numpy.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        factor = gamma / numpy.sqrt(variance + EPSILON)
        return factor, beta - mean * factor

    def convolution(self, name, norm, stride=1, pad=0):
        """A convolution with the batch norm behind it. One that has one plane a filter is depthwise."""
        weights = self.weights[name + ".weight"].astype(numpy.float64)
        factor, term = self.norm(norm)
        group = weights.shape[0] if weights.shape[1] == 1 else 1
        self.node(
            "Conv",
            [weights * factor.reshape(-1, 1, 1, 1), term],
            dilations=[1, 1],
            group=group,
            kernel_shape=list(weights.shape[2:]),
            pads=[pad] * 4,
            strides=[stride] * 2,
        )

    def block(self, name, **window):
        self.convolution(f"{name}.conv", f"{name}.bn", **window)
        slopes = self.weights[f"{name}.prelu.weight"]
        self.node("PRelu", [slopes.reshape(-1, 1, 1)])

    def depthwise(self, name, stride):
        self.block(f"{name}.conv")
        self.block(f"{name}.conv_dw", stride=stride, pad=1)
        self.convolution(f"{name}.project.conv", f"{name}.project.bn")

    def residual(self, name):
        """Blocks beside which what came in goes on; the last of some weighs its planes against each other."""
        number = 0
        while f"{name}.model.{number}.conv.conv.weight" in self.weights:
            short = self.last
            block = f"{name}.model.{number}"
            self.depthwise(block, 1)
            if f"{block}.se_module.fc1.weight" in self.weights:
                self.weighing(f"{block}.se_module")
            self.node("Add", sources=[short, self.last])
            number += 1

    def weighing(self, name):
        planes = self.last
        self.node("GlobalAveragePool")
        self.convolution(f"{name}.fc1", f"{name}.bn1")
        self.node("Relu")
        self.convolution(f"{name}.fc2", f"{name}.bn2")
        self.node("Sigmoid")
        self.node("Mul", sources=[planes, self.last])

    def classes(self):
        factor, term = self.norm("bn")
        linear, classes = (self.weights[name + ".weight"].astype(numpy.float64) for name in ("linear", "prob"))
        self.node("Gemm", [(classes * factor) @ linear, classes @ term], transB=1)

    def graph(self):
        self.block("conv1", stride=2, pad=1)
        self.block("conv2_dw", pad=1)
        self.depthwise("conv_23", 2)
        self.residual("conv_3")
        self.depthwise("conv_34", 2)
        self.residual("conv_4")
        self.depthwise("conv_45", 2)
        self.residual("conv_5")
        self.block("conv_6_sep")
        self.convolution("conv_6_dw.conv", "conv_6_dw.bn")
        self.node("Flatten", axis=1)
        self.classes()
        last = helper.make_node("Softmax", [self.last], ["probs"], axis=1)
        patch = helper.make_tensor_value_info("patch", TensorProto.FLOAT, [1, 3, SIDE, SIDE])
        probs = helper.make_tensor_value_info("probs", TensorProto.FLOAT, [1, 3])
        return helper.make_graph([*self.nodes, last], "minifasnet", [patch], [probs], self.initializers)


def convert(path):
    """The ONNX file's bytes."""
    graph = Writer(read(path)).graph()
    model = helper.make_model(graph, producer_name="pth-convert", opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model.SerializeToString()


def main(published, out):
    onnx_bytes = convert(published)
    with open(out, "wb") as file:
        file.write(onnx_bytes)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
