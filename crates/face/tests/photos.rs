//! The whole engine on real photos (specification, section 10, items 3 to 5). Models and photos are not part of the
//! repository: without `SHIMING_MODELS` and `SHIMING_FACES` these tests say so and prove nothing.
#![allow(clippy::print_stderr, reason = "a test that proved nothing says so")]

#[path = "support/inference.rs"]
mod inference;

use std::fs;
use std::path::PathBuf;

use inference::engines;
use serde_json::Value;
use shiming_face::picture::Picture;
use shiming_face::{Embedding, Engine, FUSED, FaceError, Inference, Liveness, ModelMismatch, Report, Settings};

struct Bench {
    engine: Engine,
    faces: PathBuf,
}

impl Bench {
    fn open(settings: Settings) -> Option<Self> {
        let folder = |variable: &str| {
            let folder = std::env::var_os(variable).map(PathBuf::from);
            if folder.is_none() {
                eprintln!("{variable} is not set: no photo was looked at");
            }
            folder
        };
        let (models, faces) = (folder("SHIMING_MODELS")?, folder("SHIMING_FACES")?);
        Some(Self { engine: Engine::open(&models, settings).expect("an engine"), faces })
    }

    fn photo(&self, file: &str) -> Vec<u8> {
        fs::read(self.faces.join(file)).expect("a photo")
    }

    fn analyse(&self, file: &str) -> Result<Report, FaceError> {
        self.engine.analyse(&self.photo(file))
    }

    /// File, person and embedding of every portrait.
    fn portraits(&self) -> Vec<(String, String, Embedding)> {
        let manifest: Value = serde_json::from_slice(&self.photo("manifest.json")).expect("JSON");
        let images = manifest["images"].as_array().expect("images");
        let portraits = images.iter().filter(|image| image["kind"] == "portrait");
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        portraits
            .map(|image| {
                let file = text(&image["file"]);
                let report = self.analyse(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
                (file, text(&image["person"]), report.embedding)
            })
            .collect()
    }
}

fn one_person_passes_and_two_do_not(embedder: &str) {
    for inference in engines() {
        let settings = Settings { inference, embedder: embedder.to_owned(), ..Settings::default() };
        let Some(bench) = Bench::open(settings) else { return };
        told_apart(&bench);
    }
}

fn told_apart(bench: &Bench) {
    let portraits = bench.portraits();
    assert!(portraits.len() >= 20);
    for (index, (file, person, embedding)) in portraits.iter().enumerate() {
        for (other_file, other_person, other) in &portraits[index + 1..] {
            let found = bench.engine.compare(embedding, other).expect("one model");
            assert_eq!(found.pass, person == other_person, "{file}, {other_file}: {found:?}");
        }
    }
}

#[test]
fn photos_of_one_person_pass_and_of_two_do_not() {
    one_person_passes_and_two_do_not("reid0095");
}

#[test]
fn with_both_embedders_too() {
    one_person_passes_and_two_do_not(FUSED);
}

#[test]
fn each_fault_of_a_photo_is_named() {
    for inference in engines() {
        let Some(bench) = Bench::open(Settings { inference, ..Settings::default() }) else { return };
        each_fault(&bench);
    }
}

fn each_fault(bench: &Bench) {
    let refused = [
        ("profile.jpg", FaceError::Pose),
        ("obama_a_blur.jpg", FaceError::Blurred),
        ("obama_a_dark.jpg", FaceError::TooDark),
        ("obama_a_tiny.jpg", FaceError::FaceTooSmall),
        ("two_people.jpg", FaceError::MultipleFaces),
        ("noface_cat.jpg", FaceError::NoFace),
        ("noface_coffee.jpg", FaceError::NoFace),
        ("noface_rocket.jpg", FaceError::NoFace),
        ("manifest.json", FaceError::BadImage),
    ];
    for (file, want) in refused {
        assert_eq!(bench.analyse(file).err(), Some(want), "{file}");
    }
}

#[test]
fn turned_by_exif_or_progressive_it_is_the_same_face() {
    let Some(bench) = Bench::open(Settings::default()) else { return };
    for (one, other) in [("man2_a.jpg", "man2_a_exif6.jpg"), ("lady2_a.jpg", "lady2_a_progressive.jpg")] {
        let [one, other] = [one, other].map(|file| bench.analyse(file).expect("a face").embedding);
        let found = bench.engine.compare(&one, &other).expect("one model");
        assert!(found.cosine >= 0.95, "{found:?}");
    }
}

#[test]
fn a_stored_embedding_is_compared_like_a_fresh_one_and_a_foreign_one_never() {
    let Some(bench) = Bench::open(Settings::default()) else { return };
    let Some(other) = Bench::open(Settings { embedder: FUSED.to_owned(), ..Settings::default() }) else { return };
    let fresh = bench.analyse("man3_a.jpg").expect("a face").embedding;
    let stored = Embedding::from_bytes(&fresh.to_bytes()).expect("an embedding");
    assert!(bench.engine.compare(&fresh, &stored).expect("one model").score > 99.9);
    let foreign = other.analyse("man3_a.jpg").expect("a face").embedding;
    assert_eq!(bench.engine.compare(&fresh, &foreign), Err(ModelMismatch));
    assert_eq!(bench.engine.compare(&foreign, &foreign), Err(ModelMismatch));
}

/// A photo is decoded smaller where it is large; here every photo is, to half or less.
#[test]
fn decoded_smaller_it_is_the_same_face_in_the_same_place() {
    let Some(whole) = Bench::open(Settings::default()) else { return };
    let settings = Settings { reduce_pixels: 0, reduced_side: 300, ..Settings::default() };
    let Some(smaller) = Bench::open(settings) else { return };
    let files = [
        "obama_a.jpg",
        "obama_b.jpg",
        "biden_a.jpg",
        "biden_b.jpg",
        "man2_a.jpg",
        "man2_a_exif6.jpg",
        "lady2_a_progressive.jpg",
    ];
    let mut reduced = 0;
    for file in files {
        let photo = whole.photo(file);
        reduced += usize::from(smaller.engine.look(&photo).expect("a picture").picture.reduced() > 1.5);
        let [want, got] = [&whole, &smaller].map(|bench| bench.engine.analyse(&photo).expect(file));
        let found = whole.engine.compare(&want.embedding, &got.embedding).expect("one model");
        assert!(found.cosine >= 0.97, "{file}: {found:?}");
        for (want, got) in want.face.landmarks.iter().zip(&got.face.landmarks) {
            let apart = (want.x - got.x).hypot(want.y - got.y);
            assert!(apart < 0.05 * got.x.max(got.y), "{file}: {apart}");
        }
    }
    assert!(reduced >= 4, "only {reduced} were decoded smaller");
}

#[test]
fn liveness_refuses_only_when_it_is_enforced() {
    // The limit is set where no photo can reach it.
    let with = |liveness| Bench::open(Settings { liveness, live: 1.1, ..Settings::default() });
    let (Some(report), Some(enforce)) = (with(Liveness::Report), with(Liveness::Enforce)) else { return };
    assert!(report.analyse("lieu_a.jpg").expect("a face").live.is_some_and(|live| live > 0.9));
    assert_eq!(enforce.analyse("lieu_a.jpg").err(), Some(FaceError::NotLive));
}

#[test]
fn a_thousand_corrupted_photos_are_refused_or_described_without_a_panic() {
    let Some(bench) = Bench::open(Settings::default()) else { return };
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap_or_default()
    };
    let wholes = ["man2_a_exif6.jpg", "lady2_a_progressive.jpg", "mom1_b.jpg", "obama_a_tiny.jpg"];
    let wholes = wholes.map(|file| bench.photo(file));
    // Both decoders of JPEG.
    let settings = [Settings::default(), Settings { reduce_pixels: 0, reduced_side: 200, ..Settings::default() }];
    let mut refused = 0;
    for round in 0..1000 {
        let mut photo = wholes[round % wholes.len()].clone();
        // Half of them in the headers, where lengths and tables are.
        let reach = if round % 2 == 0 { photo.len() } else { 700.min(photo.len()) };
        for _ in 0..=random(8) {
            photo[random(reach)] = u8::try_from(random(256)).unwrap_or_default();
        }
        if round % 10 == 0 {
            photo.truncate(random(photo.len()));
        }
        // Most damage ends in the decoder; a sample of what it lets through goes the whole way.
        if Picture::read(&photo, &settings[(round % 3) & 1]).is_err() {
            refused += 1;
        } else if round % 5 == 1
            && let Ok(report) = bench.engine.analyse(&photo)
        {
            assert!(report.embedding.values().iter().all(|value| value.is_finite()));
        }
    }
    assert!(refused >= 100, "{refused}");
}

#[test]
fn a_jpeg_cut_short_is_refused() {
    let Some(bench) = Bench::open(Settings::default()) else { return };
    for file in ["man2_a_exif6.jpg", "lady2_a_progressive.jpg"] {
        let whole = bench.photo(file);
        for part in 1..40 {
            let cut = &whole[..whole.len() * part / 40];
            assert_eq!(bench.engine.analyse(cut).err(), Some(FaceError::BadImage), "{file}, {part} of 40");
        }
    }
}
