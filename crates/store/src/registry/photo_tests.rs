use shiming_core::{
    Change, Record, RecordKind,
    record::{Maker, Number, Photo, Template},
};

use crate::{
    ImportSession, Mark, Store, StoreError,
    contract::{name, resident},
    testing::Bed,
};

const NETWORK: Maker = [1; 16];

/// A JPEG's beginning, and then what can be searched for: as long as a photo, so that it lies on pages of its own.
fn jpeg(n: u8) -> Vec<u8> {
    [b"\xff\xd8\xff\xe0\0\x10JFIF".as_slice(), &vec![n; 40_000]].concat()
}

fn upsert(n: u32) -> Change {
    Change::Upsert(Record::Resident { id: resident(n), name: name(n) })
}

fn portrait(n: u32, maker: Maker, photo: Photo) -> Change {
    Change::Portrait { id: resident(n), template: Template::new(vec![7; 64]).made_by(maker), photo }
}

fn delete(n: u32) -> Change {
    Change::Delete { kind: RecordKind::Resident, number: Number::new(resident(n).expose()) }
}

fn kept(store: &Store, n: u32) -> Option<Vec<u8>> {
    store.registry().photo(&resident(n)).unwrap()
}

/// What of the photo's row lies in a file of the store: the beginning of the sealed key and of the sealed photo.
fn traces(bed: &Bed, rows: &[Vec<u8>]) -> usize {
    let files = bed.bytes();
    let holds = |bytes: &[u8]| files.iter().any(|(_, file)| file.windows(bytes.len()).any(|part| part == bytes));
    rows.iter().filter(|row| holds(row)).count()
}

fn rows(store: &Store) -> Vec<Vec<u8>> {
    let on = store.registry_connection().unwrap();
    let mut select = on.prepare("SELECT wrapped, substr(sealed, 100, 64), substr(sealed, -64) FROM photo").unwrap();
    let rows = select.query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?])).unwrap();
    rows.flat_map(Result::unwrap).collect()
}

#[test]
fn a_photo_is_kept_where_that_is_wanted_and_not_otherwise() {
    let (_bed, store) = Bed::new();
    let applied = store
        .put_records(&[
            upsert(1),
            portrait(1, NETWORK, Photo::LetGo),
            upsert(2),
            portrait(2, NETWORK, Photo::Kept(jpeg(2))),
            portrait(3, NETWORK, Photo::Kept(jpeg(3))),
        ])
        .unwrap();
    assert_eq!((applied.portraits, applied.photos, applied.erased), (2, 1, 0), "nobody has the third number");
    assert_eq!([1, 2, 3].map(|n| kept(&store, n)), [None, Some(jpeg(2)), None]);
    store.put_records(&[upsert(2)]).unwrap();
    assert_eq!(kept(&store, 2), Some(jpeg(2)), "a later row without a portrait keeps it");
}

#[test]
fn a_photo_is_never_beside_the_template_of_another() {
    let (_bed, store) = Bed::new();
    let other = [2; 16];
    store.put_records(&[upsert(1), portrait(1, NETWORK, Photo::Kept(jpeg(1)))]).unwrap();
    store.put_records(&[portrait(1, other, Photo::Same)]).unwrap();
    assert_eq!(kept(&store, 1), Some(jpeg(1)), "made anew of the photo that is kept");
    store.put_records(&[portrait(1, other, Photo::Kept(jpeg(9)))]).unwrap();
    assert_eq!(kept(&store, 1), Some(jpeg(9)));
    let applied = store.put_records(&[portrait(1, other, Photo::LetGo)]).unwrap();
    assert_eq!((kept(&store, 1), applied.erased), (None, 1));
    let id = resident(1);
    let key = shiming_core::RecordKey { kind: RecordKind::Resident, number: id.expose() };
    store.put_records(&[portrait(1, other, Photo::Kept(jpeg(1)))]).unwrap();
    assert!(store.put_portrait(key, b"template").unwrap());
    assert_eq!(kept(&store, 1), None);
}

#[test]
fn photos_are_counted_by_the_network_whose_templates_they_are_beside() {
    let (_bed, store) = Bed::new();
    let other = [2; 16];
    let changes = [
        upsert(1),
        portrait(1, NETWORK, Photo::Kept(jpeg(1))),
        upsert(2),
        portrait(2, other, Photo::Kept(jpeg(2))),
        upsert(3),
        portrait(3, other, Photo::LetGo),
    ];
    store.put_records(&changes).unwrap();
    let stats = store.stats().unwrap();
    assert_eq!((stats.made_by_others(NETWORK), stats.photos_of_others(NETWORK)), (2, 1));
    assert_eq!((stats.made_by_others([3; 16]), stats.photos_of_others([3; 16])), (3, 2));
}

#[test]
fn no_file_holds_a_photo_in_the_clear() {
    let (bed, store) = Bed::new();
    store.put_records(&[upsert(1), portrait(1, NETWORK, Photo::Kept(jpeg(0x5A)))]).unwrap();
    drop(store);
    for (file, bytes) in bed.bytes() {
        for magic in [b"\xff\xd8\xff\xe0".as_slice(), b"JFIF", &[0x5A; 16]] {
            assert!(!bytes.windows(magic.len()).any(|part| part == magic), "{file}");
        }
    }
    assert_eq!(kept(&bed.open().unwrap(), 1), Some(jpeg(0x5A)));
}

#[test]
fn a_deletion_destroys_key_and_photo_where_they_lay() {
    let (bed, store) = Bed::new();
    let (mut session, _) = ImportSession::begin(&store, [1; 32]).unwrap();
    let all = [upsert(1), portrait(1, NETWORK, Photo::Kept(jpeg(1)))];
    session.apply(&all, &Mark { line: 1, ..Mark::default() }).unwrap();
    session.finish().unwrap();
    let rows = rows(&store);
    assert_eq!((rows.len(), traces(&bed, &rows)), (3, 3));
    let (mut session, _) = ImportSession::begin(&store, [2; 32]).unwrap();
    let applied = session.apply(&[delete(1)], &Mark { line: 1, ..Mark::default() }).unwrap();
    assert_eq!((applied.deleted, applied.erased), (1, 1));
    session.finish().unwrap();
    assert_eq!((kept(&store, 1), traces(&bed, &rows)), (None, 0), "neither in the database nor in its log");
}

#[test]
fn a_photo_that_was_moved_or_changed_does_not_open() {
    let (bed, store) = Bed::new();
    let of = |n: u32, byte| [upsert(n), portrait(n, NETWORK, Photo::Kept(jpeg(byte)))];
    store.put_records(&[of(1, 1), of(2, 2)].into_iter().flatten().collect::<Vec<_>>()).unwrap();
    bed.tamper(
        "registry.db",
        "UPDATE photo SET (wrapped, sealed) = (SELECT wrapped, sealed FROM photo ORDER BY rowid LIMIT 1)",
    );
    let store = bed.open().unwrap();
    let opened = [1, 2].map(|n| store.registry().photo(&resident(n)));
    assert_eq!(opened.iter().filter(|photo| photo.is_ok()).count(), 1);
    assert!(opened.iter().any(|photo| matches!(photo, Err(StoreError::Damaged { table: "photo", .. }))));
}

#[test]
fn a_batch_that_is_not_committed_keeps_neither_template_nor_photo() {
    let (bed, store) = Bed::new();
    let (mut session, _) = ImportSession::begin(&store, [7; 32]).unwrap();
    session
        .apply(&[upsert(1), portrait(1, NETWORK, Photo::Kept(jpeg(1)))], &Mark { line: 1, ..Mark::default() })
        .unwrap();
    bed.tamper("registry.db", "CREATE TRIGGER fail BEFORE UPDATE ON import BEGIN SELECT raise(ABORT, 'killed'); END");
    let two = Mark { line: 2, ..Mark::default() };
    let other = [2; 16];
    assert!(session.apply(&[portrait(1, other, Photo::Kept(jpeg(2)))], &two).is_err());
    assert!(session.apply(&[portrait(1, other, Photo::LetGo)], &two).is_err());
    assert!(session.apply(&[delete(1)], &two).is_err());
    drop((session, store));
    let store = bed.open().unwrap();
    assert_eq!(kept(&store, 1), Some(jpeg(1)));
    assert_eq!(store.stats().unwrap().made_by_others(NETWORK), 0, "and the template is the photo's");
}

#[test]
fn all_photos_can_be_erased_and_the_templates_stay() {
    let (bed, store) = Bed::new();
    let all: Vec<_> = (0..3).flat_map(|n| [upsert(n), portrait(n, NETWORK, Photo::Kept(jpeg(9)))]).collect();
    store.put_records(&all).unwrap();
    let rows = rows(&store);
    assert_eq!((rows.len(), traces(&bed, &rows)), (9, 9));
    assert_eq!(store.erase_photos().unwrap(), 3);
    assert_eq!(traces(&bed, &rows), 0);
    let stats = store.stats().unwrap();
    assert_eq!((stats.portraits, stats.photos.len()), (3, 0));
    assert_eq!(store.erase_photos().unwrap(), 0);
}
