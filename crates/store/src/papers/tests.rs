use std::fs;

use shiming_core::submit::Media;

use super::*;
use crate::{Store, contract::block_on, testing::Bed};

fn paper() -> Paper {
    Paper { role: "licence".into(), media: Media::Jpeg, bytes: b"a picture of a licence".repeat(100) }
}

fn put(store: &Store) -> Stored {
    block_on(store.papers().put(paper())).unwrap()
}

fn trouble_of(store: &Store, stored: &Stored) -> String {
    let error = block_on(store.papers().get(stored)).unwrap_err();
    error.0.to_string()
}

#[test]
fn a_paper_comes_back_and_is_noise_on_the_disk() {
    let (bed, store) = Bed::new();
    let (one, two) = (put(&store), put(&store));
    assert_eq!(block_on(store.papers().get(&one)).unwrap(), paper());
    assert_eq!((one.content, one.size), (two.content, 2200), "equal content, equal tag");
    let path = |stored: &Stored| bed.data().join("papers").join(&stored.object);
    let (first, second) = (fs::read(path(&one)).unwrap(), fs::read(path(&two)).unwrap());
    assert_ne!(first, second);
    assert!(!first.windows(9).any(|window| window == b"a picture"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(path(&one)).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(bed.data().join("papers")).unwrap().permissions().mode() & 0o777, 0o700);
    }
}

#[test]
fn what_is_damaged_says_how() {
    let (bed, store) = Bed::new();
    let (one, two) = (put(&store), put(&store));
    let path = bed.data().join("papers").join(&one.object);
    let whole = fs::read(&path).unwrap();
    let wrong_key = Stored { wrapped: two.wrapped.clone(), ..one.clone() };
    assert!(trouble_of(&store, &wrong_key).contains("its key does not open"));
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    assert!(trouble_of(&store, &one).contains("cut short"));
    fs::write(&path, [&whole[..], b"x"].concat()).unwrap();
    assert!(trouble_of(&store, &one).contains("longer"));
    let mut changed = whole.clone();
    changed[40] ^= 1;
    fs::write(&path, &changed).unwrap();
    assert!(trouble_of(&store, &one).contains("its object does not open"));
    fs::write(&path, fs::read(bed.data().join("papers").join(&two.object)).unwrap()).unwrap();
    assert!(trouble_of(&store, &one).contains("its object does not open"), "another paper's object");
    let elsewhere = Stored { object: "../shiming.db".into(), ..one };
    assert!(trouble_of(&store, &elsewhere).contains("not one of ours"));
}

#[test]
fn a_destroyed_paper_is_gone_and_destroying_it_again_is_no_fault() {
    let (bed, store) = Bed::new();
    let stored = put(&store);
    for _ in 0..2 {
        block_on(store.papers().destroy(stored.clone())).unwrap();
    }
    assert_eq!(fs::read_dir(bed.data().join("papers")).unwrap().count(), 0);
    assert!(trouble_of(&store, &stored).contains("its object is missing"));
}

#[test]
fn what_a_stop_left_behind_is_removed_at_the_next_start() {
    let (bed, store) = Bed::new();
    let orphan = put(&store);
    let folder = bed.data().join("papers");
    fs::write(folder.join("0".repeat(32)), b"half").unwrap();
    fs::write(folder.join("notes.txt"), b"an operator's own").unwrap();
    drop(store);
    let later = *bed.clock.0.lock();
    let written = fs::metadata(folder.join(&orphan.object)).unwrap().modified().unwrap();
    let written = written.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    *bed.clock.0.lock() = UnixTime(i64::try_from(written).unwrap());
    drop(bed.open().unwrap());
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 3, "another process may be about to write the row");
    *bed.clock.0.lock() = later;
    let store = bed.open().unwrap();
    assert!(trouble_of(&store, &orphan).contains("its object is missing"));
    let left: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["notes.txt"]);
}

#[test]
fn what_belongs_to_nothing_is_removed_by_a_sweep_once_it_is_not_young() {
    let (bed, store) = Bed::new();
    let orphan = put(&store);
    let written = fs::metadata(bed.data().join("papers").join(&orphan.object)).unwrap().modified().unwrap();
    let since = written.duration_since(std::time::UNIX_EPOCH).unwrap();
    let written = UnixTime(i64::try_from(since.as_millis()).unwrap());
    let sweep = |at| block_on(Papers::sweep(&*store.papers(), at)).unwrap();
    assert_eq!(sweep(written.plus_millis(YOUNG_MILLIS)), 0, "its step may be under way");
    assert_eq!(sweep(written.plus_millis(YOUNG_MILLIS + 1)), 1);
    assert!(trouble_of(&store, &orphan).contains("missing"));
}
