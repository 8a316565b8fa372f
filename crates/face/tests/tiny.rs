//! The whole engine on networks that this project makes itself, so that loading, lists of one's own and the way of a photo
//! are tested where no weights are at hand.
//!
//! `tests/tiny` holds them: a detector that sees one face in the middle of anything bright, and an embedder that looks at
//! light and dark in the crop. They know nothing of faces. `UPDATE_TINY=1 cargo test -p shiming-face --test tiny` writes
//! the files anew.

#[path = "support/inference.rs"]
mod inference;
#[path = "support/onnx.rs"]
mod onnx;
#[path = "support/paint.rs"]
mod paint;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use inference::engines;
use onnx::Network;
use shiming_face::{
    Embedding, Engine, FUSED, FaceError, Inference, List, ModelError, ModelMismatch, Settings, annotated, quality,
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tiny")
}

/// Twelve outputs of three grids. Only the coarsest, one cell for the whole picture, sees a face: where the picture is
/// bright. The middle grid sees one in each of its four cells where the picture is red.
fn detector() -> Vec<u8> {
    let mut network = Network::new(&[1, 3, 32, 32]);
    let corners = [0.5, 64.0 / 112.0, (72.0_f32 / 112.0).ln(), (88.0_f32 / 112.0).ln()];
    let points: Vec<f32> = quality::TEMPLATE.iter().flat_map(|point| [point.x / 112.0, point.y / 112.0]).collect();
    // Means of blue, green and red per cell, then for each output a sum of these and a constant.
    for stride in [8_u64, 16, 32] {
        let window: &[(&str, &[u64])] = &[("kernel_shape", &[stride, stride]), ("strides", &[stride, stride])];
        network.node("AveragePool", &["in"], &format!("mean_{stride}"), window);
    }
    let bright = [0.01 / 3.0; 3];
    let red = [-0.02, 0.0, 0.02];
    for output in ["cls", "obj", "bbox", "kps"] {
        for stride in [8_u64, 16, 32] {
            let (weights, constant): ([f32; 3], Vec<f32>) = match (output, stride) {
                ("cls", _) => ([0.0; 3], vec![0.95]),
                ("obj", 32) => (bright, vec![0.0]),
                ("obj", 16) => (red, vec![0.0]),
                ("obj", _) => ([0.0; 3], vec![0.0]),
                ("bbox", 16) => ([0.0; 3], vec![0.5, 0.5, 0.75_f32.ln(), 0.75_f32.ln()]),
                ("bbox", _) => ([0.0; 3], corners.to_vec()),
                _ => ([0.0; 3], points.clone()),
            };
            cells(&mut network, output, stride, weights, &constant);
        }
    }
    network.bytes()
}

fn cells(network: &mut Network, output: &str, stride: u64, weights: [f32; 3], constant: &[f32]) {
    let name = |what: &str| format!("{output}_{stride}{what}");
    let width = constant.len() as u64;
    network.floats(&name("_w"), &[width, 3, 1, 1], &weights.repeat(constant.len()));
    network.floats(&name("_b"), &[width], constant);
    network.node(
        "Conv",
        &[&format!("mean_{stride}"), &name("_w"), &name("_b")],
        &name("_c"),
        &[("kernel_shape", &[1, 1]), ("strides", &[1, 1])],
    );
    network.node("Transpose", &[&name("_c")], &name("_t"), &[("perm", &[0, 2, 3, 1])]);
    network.integers(&name("_s"), &[1, -1, i64::try_from(constant.len()).expect("a few")]);
    network.node("Reshape", &[&name("_t"), &name("_s")], &name(""), &[]);
    let across = 32 / stride;
    network.output(&name(""), &[1, across * across, width]);
}

/// Sixty-four sums of light and dark, four for each of sixteen places.
fn embedder() -> Vec<u8> {
    let mut network = Network::new(&[1, 3, 16, 16]);
    let weights: Vec<f32> = (0..4 * 3 * 16_u16).map(|index| (f32::from(index * 37 % 17) - 7.5) / 8.0).collect();
    network.floats("w", &[4, 3, 4, 4], &weights);
    network.node("Conv", &["in", "w"], "c", &[("kernel_shape", &[4, 4]), ("strides", &[4, 4])]);
    network.node("Flatten", &["c"], "out", &[("axis", &[1])]);
    network.output("out", &[1, 64]);
    network.bytes()
}

fn hex(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The list, as an operator would write one.
fn list() -> String {
    let model = |id: &str, file: &str, onnx: &[u8], more: &str| {
        let (bytes, sha256) = (onnx.len(), hex(onnx));
        format!(
            "\n[[model]]\nid = \"{id}\"\nfile = \"{file}\"\nsha256 = \"{sha256}\"\nbytes = {bytes}\n{more}\
             licence = \"Apache-2.0\"\nsource = \"made by crates/face/tests/tiny.rs\"\n"
        )
    };
    let points = quality::TEMPLATE.map(|point| format!("[{:.4}, {:.4}]", point.x / 7.0, point.y / 7.0)).join(", ");
    let crop = |channels: &str| {
        format!(
            "side = 16\nchannels = \"{channels}\"\nmean = [127.5, 127.5, 127.5]\ndivisor = [127.5, 127.5, 127.5]\n\
             template = [{points}]\nlevels = [0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0]\n"
        )
    };
    let mut text = "# Networks that know nothing of faces, for tests.\n\n[detector]\nfirst = \"tiny_detector\"\nsecond = \"tiny_detector\"\n\n\
         [fused]\nmodels = [\"tiny\", \"tiny_rgb\"]\nlevels = [0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0]\n".to_owned();
    text += &model("tiny_detector", "tiny_detector.onnx", &detector(), "side = 32\nchannels = \"bgr\"\n");
    text += &model("tiny", "tiny_embedder.onnx", &embedder(), &crop("bgr"));
    text += &model("tiny_rgb", "tiny_embedder.onnx", &embedder(), &crop("rgb"));
    text
}

fn engine(embedder: &str) -> Engine {
    engine_on(Inference::Rten, embedder)
}

fn engine_on(inference: Inference, embedder: &str) -> Engine {
    let settings = Settings { inference, embedder: embedder.to_owned(), ..Settings::default() };
    Engine::open(&folder(), settings).unwrap_or_else(|error| panic!("{error:?}"))
}

#[test]
fn the_files_are_what_is_written_here() {
    let files =
        [("tiny_detector.onnx", detector()), ("tiny_embedder.onnx", embedder()), ("models.toml", list().into_bytes())];
    for (file, bytes) in files {
        let path = folder().join(file);
        if std::env::var_os("UPDATE_TINY").is_some() {
            fs::write(&path, &bytes).expect("written");
        }
        assert!(bytes.len() < 10_000, "{file}: {}", bytes.len());
        assert!(fs::read(&path).expect(file) == bytes, "{file} is another");
    }
}

#[test]
fn a_model_of_ones_own_describes_and_compares() {
    let on_each = |embedder| engines().into_iter().map(move |inference| (inference, embedder));
    for (inference, embedder) in ["tiny", FUSED].into_iter().flat_map(on_each) {
        let engine = engine_on(inference, embedder);
        let [one, again, other] = [paint::somebody(), paint::somebody_again(), paint::somebody_else()]
            .map(|photo| engine.analyse(&photo).expect("a face").embedding);
        assert_eq!(one.model(), if embedder == FUSED { "tiny+tiny_rgb" } else { "tiny" });
        let same = engine.compare(&one, &again).expect("one model");
        assert!(same.pass && same.score > 95.0, "{same:?}");
        let different = engine.compare(&one, &other).expect("one model");
        assert!(!different.pass && different.score < 1.0, "{different:?}");
        let stored = Embedding::from_bytes(&one.to_bytes()).expect("an embedding");
        assert!((engine.compare(&one, &stored).expect("one model").score - 100.0).abs() < 0.01);
    }
}

#[test]
fn what_one_inference_engine_described_the_other_compares() {
    let made = |inference| engine_on(inference, "tiny").analyse(&paint::somebody()).expect("a face").embedding;
    let first = made(Inference::Rten);
    for inference in engines() {
        let engine = engine_on(inference.clone(), "tiny");
        assert!(engine.compare(&first, &made(inference)).expect("one model").score > 99.9);
    }
}

#[test]
fn many_threads_at_once_get_what_one_gets() {
    let photos = [paint::somebody(), paint::somebody_again(), paint::somebody_else()];
    for inference in engines() {
        let engine = engine_on(inference, "tiny");
        let alone = photos.each_ref().map(|photo| engine.analyse(photo).expect("a face"));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for round in 0..30 {
                        let report = engine.analyse(&photos[round % 3]).expect("a face");
                        assert_eq!(report, alone[round % 3]);
                    }
                });
            }
        });
    }
}

#[test]
fn what_another_of_ones_models_made_is_not_compared() {
    let (one, other) = (engine("tiny"), engine("tiny_rgb"));
    let made = |engine: &Engine| engine.analyse(&paint::somebody()).expect("a face").embedding;
    assert_eq!(one.compare(&made(&other), &made(&other)), Err(ModelMismatch));
    assert_eq!(one.compare(&made(&one), &made(&other)), Err(ModelMismatch));
    let list = List::of(&folder()).expect("the list");
    let makers = ["tiny", "tiny_rgb", FUSED].map(|embedder| list.maker(embedder).expect("a maker"));
    assert_eq!([one.maker(), other.maker(), engine(FUSED).maker()], makers);
    assert!(makers[0] != makers[1] && makers[1] != makers[2], "one file under two names is two makers");
}

#[test]
fn each_step_of_a_photos_way_can_refuse_it() {
    let engine = engine("tiny");
    for (photo, want) in [
        (paint::nobody(), FaceError::NoFace),
        (paint::several(), FaceError::MultipleFaces),
        (paint::blurred(), FaceError::Blurred),
        (paint::squares(4, 122, 130), FaceError::Flat),
        (paint::squares(8, 225, 250), FaceError::TooBright),
        (b"GIF89a".to_vec(), FaceError::BadImage),
    ] {
        assert_eq!(engine.analyse(&photo).err(), Some(want));
    }
}

#[test]
fn what_was_seen_can_be_drawn() {
    let engine = engine("tiny");
    let [one, other] = [paint::somebody(), paint::several()].map(|photo| engine.look(&photo).expect("a picture"));
    assert_eq!((one.faces.len(), other.faces.len()), (1, 5));
    let drawn = engine.look(&annotated(&[&one, &other]).expect("a PNG")).expect("a picture");
    assert_eq!((drawn.picture.width(), drawn.picture.height()), (112 + 8 + 112, 112));
}

/// A copy of the folder in which one text of the list is another.
fn with(inference: &Inference, old: &str, new: &str) -> Result<Engine, ModelError> {
    let dir = tempfile::tempdir().expect("a folder");
    for file in ["tiny_detector.onnx", "tiny_embedder.onnx"] {
        fs::copy(folder().join(file), dir.path().join(file)).expect("copied");
    }
    assert!(list().contains(old), "{old}");
    fs::write(dir.path().join("models.toml"), list().replace(old, new)).expect("written");
    let inference = inference.clone();
    Engine::open(dir.path(), Settings { inference, embedder: "tiny".to_owned(), ..Settings::default() })
}

#[test]
fn a_list_that_does_not_fit_the_files_is_refused() {
    for inference in engines() {
        does_not_fit(|old, new| with(&inference, old, new));
    }
}

fn does_not_fit(with: impl Fn(&str, &str) -> Result<Engine, ModelError>) {
    assert!(with("side = 32", "side = 32").is_ok());
    let results = "probe = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]\nside = 16\n";
    assert!(matches!(with("side = 16\n", results), Err(ModelError::WrongResult(_))));
    assert!(matches!(with("side = 32", "side = 8"), Err(ModelError::Unusable { .. })));
    let bytes = format!("bytes = {}", embedder().len());
    assert!(matches!(with(&bytes, "bytes = 7"), Err(ModelError::WrongFile(_))));
    assert!(matches!(with(&hex(&embedder()), &hex(b"")), Err(ModelError::WrongFile(_))));
    assert!(matches!(with("tiny_embedder.onnx", "gone.onnx"), Err(ModelError::Unreadable { .. })));
    assert!(matches!(
        with("levels = [0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0]\nlicence", "licence"),
        Err(ModelError::List(_))
    ));
}
