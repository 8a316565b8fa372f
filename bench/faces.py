"""What `shiming-bench faces` compares with: OpenCV's way of a photo, and onnxruntime's bare networks, each on one thread.

Started by the benchmark, which gives the folder of models and the photos, and asks for one round after another on
standard input. Each answer is a line of JSON: seconds of processor time for all photos, by step.
"""

import json
import sys
import time

import cv2
import numpy
import onnxruntime

SIDE, CROP = 320, 128
TEMPLATE = numpy.array(
    [[40.3928, 59.08149], [87.37573, 59.08149], [64.0336, 81.98469], [44.7324, 105.56057], [83.63987, 105.56057]]
)


def letterbox(picture):
    height, width = picture.shape[:2]
    factor = min(SIDE / width, SIDE / height)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    canvas = numpy.zeros((SIDE, SIDE, 3), numpy.uint8)
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    canvas[: size[1], : size[0]] = cv2.resize(picture, size, interpolation=how)
    return canvas, numpy.array([width / size[0], height / size[1]])


def similarity(points):
    """The same closed form as ours."""
    p, q = points - points.mean(0), TEMPLATE - TEMPLATE.mean(0)
    norm = (p * p).sum()
    a, b = (p * q).sum() / norm, (p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]).sum() / norm
    turn = numpy.array([[a, -b], [b, a]])
    return numpy.hstack([turn, (TEMPLATE.mean(0) - turn @ points.mean(0))[:, None]])


class OpenCV:
    def __init__(self, models):
        self.detector = cv2.FaceDetectorYN.create(f"{models}/yunet_n_320.onnx", "", (SIDE, SIDE), 0.8, 0.3)
        self.embedder = cv2.dnn.readNetFromONNX(f"{models}/reid0095_128.onnx")

    def decode(self, photo):
        return cv2.imdecode(photo, cv2.IMREAD_COLOR)

    def detect(self, picture):
        canvas, scale = letterbox(picture)
        _, faces = self.detector.detect(canvas)
        largest = max(faces, key=lambda face: face[2] * face[3])
        return largest[4:14].reshape(5, 2) * scale

    def align(self, picture, points):
        return cv2.warpAffine(picture, similarity(points), (CROP, CROP))

    def embed(self, crop):
        self.embedder.setInput(cv2.dnn.blobFromImage(crop))
        values = self.embedder.forward().ravel()
        return values / numpy.linalg.norm(values)

    def whole(self, photo):
        picture = self.decode(photo)
        return self.embed(self.align(picture, self.detect(picture)))


class Bare:
    """The two networks alone, on tensors that are ready."""

    def __init__(self, models):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        open_one = lambda file: onnxruntime.InferenceSession(f"{models}/{file}", options, ["CPUExecutionProvider"])
        self.detector, self.embedder = open_one("yunet_n_320.onnx"), open_one("reid0095_128.onnx")

    @staticmethod
    def run(session, tensor):
        return session.run(None, {session.get_inputs()[0].name: tensor})


def timed(work, inputs):
    start = time.process_time()
    outputs = [work(*one) for one in inputs]
    return time.process_time() - start, outputs


def tensor(picture):
    return numpy.ascontiguousarray(picture.transpose(2, 0, 1)[None].astype(numpy.float32))


def main():
    models, *files = sys.argv[1:]
    cv2.setNumThreads(1)
    photos = [(numpy.fromfile(file, numpy.uint8),) for file in files]
    opencv, bare = OpenCV(models), Bare(models)
    pictures = [(opencv.decode(*photo),) for photo in photos]
    points = [opencv.detect(*picture) for picture in pictures]
    aligned = [(picture, found) for (picture,), found in zip(pictures, points)]
    crops = [(opencv.align(*one),) for one in aligned]
    detector_tensors = [(bare.detector, tensor(letterbox(picture)[0])) for (picture,) in pictures]
    embedder_tensors = [(bare.embedder, tensor(crop)) for (crop,) in crops]
    versions = {"opencv": cv2.__version__, "onnxruntime": onnxruntime.__version__}
    # What was found goes along, so that the benchmark can say whether the same was computed.
    embeddings = [opencv.embed(*crop).tolist() for crop in crops]
    print(json.dumps({"versions": versions, "embeddings": embeddings}), flush=True)
    for _ in sys.stdin:
        steps = {
            "decode": timed(opencv.decode, photos),
            "detect": timed(opencv.detect, pictures),
            "align": timed(opencv.align, aligned),
            "embed": timed(opencv.embed, crops),
            "whole": timed(opencv.whole, photos),
            "bare detector": timed(bare.run, detector_tensors),
            "bare embedder": timed(bare.run, embedder_tensors),
        }
        print(json.dumps({step: seconds for step, (seconds, _) in steps.items()}), flush=True)


main()
