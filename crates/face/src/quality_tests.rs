use super::*;

/// The sides of the whole crop.
const SIDE: usize = 112;

type Paint = fn(usize, usize) -> u8;

/// A crop-sized picture whose face lies on the template, painted by a function of the place.
fn painted(paint: impl Fn(usize, usize) -> u8) -> Picture {
    let pixels = (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (x, y)));
    let rgb = pixels.flat_map(|(x, y)| [paint(x, y); 3]).collect();
    Picture::new(SIDE, SIDE, rgb).expect("a picture")
}

fn face() -> Face {
    Face { score: 0.9, bbox: BBox { x: 20.0, y: 20.0, width: 72.0, height: 88.0 }, landmarks: TEMPLATE }
}

/// Sharp, bright enough, with contrast.
fn good() -> Picture {
    painted(|x, y| if (x / 8 + y / 8) % 2 == 0 { 90 } else { 160 })
}

fn judged(picture: &Picture, face: &Face) -> Result<Quality, FaceError> {
    judge(picture, face, &Limits { warn_iod: 30.0, ..Limits::default() })
}

fn moved(change: impl Fn(Point) -> Point) -> Face {
    Face { landmarks: TEMPLATE.map(change), ..face() }
}

#[test]
fn a_good_face_passes_without_a_warning() {
    let quality = judged(&good(), &face()).expect("good");
    assert!(quality.warnings.is_empty(), "{:?}", quality.warnings);
    assert!((quality.inside - 1.0).abs() < 1e-6);
    assert!((quality.iod - 35.24).abs() < 0.01);
}

#[test]
fn light_and_sharpness_are_refused_by_name() {
    let paint: [(Paint, FaceError); 6] = [
        (|x, _| if x % 2 == 0 { 20 } else { 50 }, FaceError::TooDark),
        (|x, _| if x % 2 == 0 { 225 } else { 245 }, FaceError::TooBright),
        (|x, _| if x % 5 < 2 { 250 } else { 100 }, FaceError::TooBright),
        (|x, _| if x % 5 < 3 { 10 } else { 200 }, FaceError::TooDark),
        (|x, _| if x % 2 == 0 { 120 } else { 130 }, FaceError::Flat),
        (|x, _| (x * 2) as u8, FaceError::Blurred),
    ];
    for (paint, want) in paint {
        assert_eq!(judged(&painted(paint), &face()), Err(want));
    }
}

#[test]
fn eyes_too_near_each_other_are_too_small() {
    let small = moved(|point| Point { x: 30.0 + point.x * 0.6, y: 30.0 + point.y * 0.6 });
    assert_eq!(judged(&good(), &small), Err(FaceError::FaceTooSmall));
    let none = moved(|_| Point { x: f32::NAN, y: 1.0 });
    assert_eq!(judged(&good(), &none), Err(FaceError::FaceTooSmall));
}

#[test]
fn a_landmark_or_a_fifth_of_the_box_outside_is_incomplete() {
    let out = moved(|point| Point { x: point.x + 50.0, ..point });
    assert_eq!(judged(&good(), &out), Err(FaceError::FaceIncomplete));
    let half = Face { bbox: BBox { x: -20.0, y: 20.0, width: 72.0, height: 80.0 }, ..face() };
    assert_eq!(judged(&good(), &half), Err(FaceError::FaceIncomplete));
}

#[test]
fn a_turned_or_tilted_face_is_refused() {
    let mut turned = face();
    turned.landmarks[2].x += 16.0;
    assert_eq!(judged(&good(), &turned), Err(FaceError::Pose));
    let mut nodding = face();
    nodding.landmarks[2].y += 14.0;
    assert_eq!(judged(&good(), &nodding), Err(FaceError::Pose));
    let lying = moved(|point| Point { x: 120.0 - point.y, y: point.x });
    assert_eq!(judged(&good(), &lying), Err(FaceError::Pose));
}

#[test]
fn a_border_line_is_noted_but_passes() {
    let mut turned = face();
    turned.landmarks[2].x += 10.5;
    assert_eq!(judged(&good(), &turned).map(|quality| quality.warnings), Ok(vec!["yaw_t"]));
}

#[test]
fn the_laplacian_mirrors_about_the_last_pixel() {
    let mut luma = vec![0.0; ROWS * COLUMNS];
    luma[1] = 1.0;
    let values = laplacian(&luma);
    assert_eq!(values[..3], [2.0, -4.0, 1.0]);
    assert!((values[COLUMNS + 1] - 1.0).abs() < f32::EPSILON);
}
