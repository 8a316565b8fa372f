//! Against reference results of other implementations (specification, section 10, items 1 and 2). The files are not part
//! of the repository: without `SHIMING_MODELS` and `SHIMING_FACES` these tests say so and prove nothing.
#![allow(clippy::print_stderr, reason = "a test that proved nothing says so")]

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::detect::{Face, detect};
use crate::models::{List, Loaded};
use crate::net::Loader;
use crate::picture::Picture;
use crate::{Embedding, Engine, Inference, Liveness, Settings};

#[path = "../tests/support/inference.rs"]
mod inference;
use inference::engines;

fn folder(variable: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(variable).map(PathBuf::from);
    if folder.is_none() {
        eprintln!("{variable} is not set: nothing was compared with reference results");
    }
    folder
}

fn model(dir: &Path, id: &str, inference: &Inference) -> Loaded {
    let loader = Loader::of(inference).expect("an engine");
    List::built_in().expect("the list").open(dir, id, &loader).expect("a model")
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

#[test]
fn every_model_gives_the_reference_outputs() {
    let Some(dir) = folder("SHIMING_MODELS") else { return };
    let pairs = [
        ("yunet_n_320", "yunet_n_320"),
        ("reid0095", "reid0095_128"),
        ("mobilefacenet", "mobilefacenet_112"),
        ("minifasnet_v2", "minifasnet_v2_s27_80"),
        ("minifasnet_v1se", "minifasnet_v1se_s40_80"),
    ];
    for (id, golden) in pairs {
        let file = |end: &str| fs::read(dir.join("golden").join(format!("{golden}.{end}"))).expect("a golden file");
        let rgb: Vec<u8> = file("in.u8").chunks_exact(3).flat_map(|bgr| [bgr[2], bgr[1], bgr[0]]).collect();
        let want = floats(&file("out.f32"));
        for inference in engines() {
            let model = model(&dir, id, &inference);
            let got = model.net().run(model.planes(&rgb)).expect("outputs").concat();
            assert_eq!(got.len(), want.len(), "{id}, {inference:?}");
            let apart = got.iter().zip(&want).map(|(got, want)| (got - want).abs()).fold(0.0, f32::max);
            assert!(apart < 1e-4, "{id}, {inference:?}: {apart}");
        }
    }
}

fn near(got: f32, want: &Value, share: f64, least: f64, what: &str) {
    let want = want.as_f64().expect("a number");
    let allowed = (want.abs() * share).max(least);
    assert!((f64::from(got) - want).abs() <= allowed, "{what}: {got}, not {want}");
}

fn like(got: &Embedding, want: &Value, what: &str) {
    let want = floats(&STANDARD.decode(want.as_str().expect("text")).expect("base64"));
    let cosine: f32 = got.values().iter().zip(&want).map(|(got, want)| got * want).sum();
    assert!(cosine >= 0.995, "{what}: {cosine}");
}

fn same_face(got: &Face, want: &Value, file: &str) {
    near(got.score, &want["score"], 0.0, 0.005, file);
    let iod = want["iod"].as_f64().expect("a number");
    for (point, want) in got.landmarks.iter().zip(want["landmarks"].as_array().expect("landmarks")) {
        near(point.x, &want[0], 0.0, iod * 0.01, file);
        near(point.y, &want[1], 0.0, iod * 0.01, file);
    }
}

#[test]
fn every_photo_gives_the_reference_faces() {
    let (Some(dir), Some(faces)) = (folder("SHIMING_MODELS"), folder("SHIMING_FACES")) else { return };
    let golden = fs::read(dir.join("golden/faces.json")).expect("the golden faces");
    let golden: Value = serde_json::from_slice(&golden).expect("JSON");
    for inference in engines() {
        let reports = reference_faces(&dir, &faces, &golden, &inference);
        assert!(reports >= 20, "only {reports} photos were described, {inference:?}");
    }
}

fn reference_faces(dir: &Path, faces: &Path, golden: &Value, inference: &Inference) -> usize {
    let detector = model(dir, "yunet_n_320", inference);
    let open = |embedder: &str| {
        let (embedder, inference) = (embedder.to_owned(), inference.clone());
        let settings = Settings { inference, embedder, liveness: Liveness::Report, ..Settings::default() };
        Engine::open(dir, settings).expect("an engine")
    };
    let (reid0095, mobilefacenet) = (open("reid0095"), open("mobilefacenet"));
    let mut reports = 0;
    for image in golden["images"].as_array().expect("images") {
        let file = image["file"].as_str().expect("a name");
        let photo = fs::read(faces.join(file)).expect("a photo");
        let picture = Picture::read(&photo, &Settings::default()).expect("a picture");
        assert_eq!(Some(picture.width() as u64), image["upright_width"].as_u64(), "{file}");
        assert_eq!(Some(picture.height() as u64), image["upright_height"].as_u64(), "{file}");
        let mut found = detect(detector.net(), detector.side(), &picture).expect("faces");
        found.retain(|face| face.score >= 0.80);
        let wanted = image["faces"].as_array().expect("faces");
        assert_eq!(found.len(), wanted.len(), "{file}");
        for want in wanted {
            let at = want["landmarks"][2][0].as_f64().expect("a number");
            let near_to = |face: &&Face| (f64::from(face.landmarks[2].x) - at).abs() < 5.0;
            same_face(found.iter().find(near_to).expect("the face"), want, file);
        }
        let Ok(report) = reid0095.analyse(&photo) else { continue };
        let want = &wanted[0];
        let quality = &report.quality;
        near(quality.iod, &want["iod"], 0.02, 0.0, file);
        near(quality.lap_var, &want["lap_var"], 0.05, 0.0, file);
        near(quality.luma_mean, &want["luma_mean"], 0.02, 0.0, file);
        near(quality.luma_std, &want["luma_std"], 0.02, 0.0, file);
        near(quality.dark_frac, &want["dark_frac"], 0.02, 0.005, file);
        near(quality.bright_frac, &want["bright_frac"], 0.02, 0.005, file);
        near(quality.yaw_t, &want["yaw_t"], 0.02, 0.01, file);
        near(quality.pitch_v, &want["pitch_v"], 0.02, 0.0, file);
        near(quality.roll_deg, &want["roll_deg"], 0.02, 0.5, file);
        near(report.live.expect("liveness"), &want["live"], 0.0, 0.05, file);
        like(&report.embedding, &want["reid0095"], file);
        let other = mobilefacenet.analyse(&photo).expect("the same photo");
        like(&other.embedding, &want["mobilefacenet"], file);
        reports += 1;
    }
    reports
}

#[test]
fn the_second_look_finds_the_reference_faces_too() {
    let (Some(dir), Some(faces)) = (folder("SHIMING_MODELS"), folder("SHIMING_FACES")) else { return };
    let golden = fs::read(dir.join("golden/faces.json")).expect("the golden faces");
    let golden: Value = serde_json::from_slice(&golden).expect("JSON");
    for inference in engines() {
        let compared = second_look(&dir, &faces, &golden, &inference);
        assert!(compared >= 20, "only {compared} faces were compared, {inference:?}");
    }
}

fn second_look(dir: &Path, faces: &Path, golden: &Value, inference: &Inference) -> usize {
    let detector = model(dir, "yunet_n_640", inference);
    let mut compared = 0;
    for image in golden["images"].as_array().expect("images") {
        let file = image["file"].as_str().expect("a name");
        let photo = fs::read(faces.join(file)).expect("a photo");
        let picture = Picture::read(&photo, &Settings::default()).expect("a picture");
        let mut found = detect(detector.net(), detector.side(), &picture).expect("faces");
        found.retain(|face| face.score >= 0.80);
        // The reference has what was doubtful, too.
        let accepted = |face: &&Value| face["score"].as_f64().is_some_and(|score| score >= 0.80);
        let wanted: Vec<_> = image["faces640"].as_array().expect("faces").iter().filter(accepted).collect();
        assert_eq!(found.len(), wanted.len(), "{file}");
        for want in wanted {
            let (left, width) =
                (want["box"][0].as_f64().expect("a number"), want["box"][2].as_f64().expect("a number"));
            let near_to = |face: &&Face| (f64::from(face.bbox.x) - left).abs() < 0.1 * width;
            let face = found.iter().find(near_to).expect("the face");
            near(face.score, &want["score"], 0.0, 0.005, file);
            let bbox = face.bbox;
            for (got, want) in
                [bbox.x, bbox.y, bbox.width, bbox.height].into_iter().zip(want["box"].as_array().expect("a box"))
            {
                near(got, want, 0.0, width * 0.02, file);
            }
            compared += 1;
        }
    }
    compared
}
