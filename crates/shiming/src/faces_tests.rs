use std::path::{Path, PathBuf};

use super::*;

#[path = "../../face/tests/support/paint.rs"]
mod paint;

/// The tiny networks of `crates/face/tests/tiny`: they tell the pictures of `paint` apart.
fn tiny() -> Face {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../face/tests/tiny");
    Face { models: Some(folder), embedder: "tiny".into(), ..Face::default() }
}

fn started(workers: usize, queue: usize) -> Faces {
    Faces::open(&Face { workers, queue, ..tiny() }).unwrap().unwrap()
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

/// What the photos are found to be, all asked for before the first answer is waited for.
fn at_once(faces: &Faces, photos: &[Vec<u8>]) -> Vec<Likeness> {
    let template = faces.template(&paint::somebody()).unwrap();
    let asked: Vec<_> = photos.iter().map(|photo| faces.compare(&template, photo)).collect();
    run(async {
        let mut found = Vec::new();
        for answer in asked {
            found.push(answer.await);
        }
        found
    })
}

#[test]
fn many_at_once_are_told_what_each_alone_would_be() {
    let faces = started(3, 300);
    let kinds = [
        paint::somebody(),
        paint::somebody_again(),
        paint::somebody_else(),
        paint::nobody(),
        paint::several(),
        paint::blurred(),
        b"GIF89a".to_vec(),
    ];
    let alone: Vec<Likeness> = kinds.iter().flat_map(|photo| at_once(&faces, std::slice::from_ref(photo))).collect();
    assert!(matches!(alone[..3], [Likeness::Same(Score::MOST), Likeness::Same(_), Likeness::Different(Score::LEAST)]));
    assert_eq!(
        alone[3..],
        [Unusable::NoFace, Unusable::SeveralFaces, Unusable::Blurred, Unusable::NotAnImage].map(Likeness::Unusable)
    );
    let many: Vec<_> = kinds.iter().cycle().take(210).cloned().collect();
    let found = at_once(&faces, &many);
    assert!(found.iter().eq(alone.iter().cycle().take(210)), "{found:?}");
}

#[test]
fn when_the_queue_is_full_callers_hear_so_at_once_and_later_ones_are_served() {
    let faces = started(1, 2);
    let found = at_once(&faces, &vec![paint::somebody(); 300]);
    let count = |wanted| found.iter().filter(|found| **found == wanted).count();
    let (served, busy) = (count(Likeness::Same(Score::MOST)), count(Likeness::Busy));
    assert_eq!(served + busy, 300);
    assert!(served >= 2 && busy >= 1, "{served} served, {busy} busy");
    assert_eq!(at_once(&faces, &[paint::somebody()]), [Likeness::Same(Score::MOST)]);
}

#[test]
fn nobody_waits_for_an_answer_that_was_given_up() {
    let faces = started(1, 50);
    let template = faces.template(&paint::somebody()).unwrap();
    for _ in 0..40 {
        drop(faces.compare(&template, &paint::somebody()));
    }
    assert_eq!(at_once(&faces, &[paint::somebody_else()]), [Likeness::Different(Score::LEAST)]);
}

#[test]
fn a_template_that_cannot_be_read_is_another_models() {
    let faces = started(1, 1);
    assert_eq!(run(faces.compare(b"nothing", &paint::somebody())), Likeness::OtherModel);
}
