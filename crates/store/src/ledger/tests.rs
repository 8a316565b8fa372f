use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;
use shiming_core::{Again, CaseStep, Check, Elements, RecordKind, Ruling, Score, Seq, Verdict};

use super::*;
use crate::{
    Store,
    contract::{self, NOW, block_on, entry, spend},
    testing::{Bed, dump},
};

fn commit(store: &Store, n: u64, spend: Option<Spend>) -> Committed {
    block_on(store.ledger().commit(entry(n), spend)).unwrap()
}

fn filled(entries: u64) -> (Bed, Store) {
    let (bed, store) = Bed::new();
    for n in 1..=entries {
        let spend = (n % 2 == 0).then(|| spend(n, Again::Refuse));
        let entry = match n % 6 {
            0 | 3 => Entry { ruling: mismatch(), ..entry(n) },
            1 => Entry { ruling: Ruling::Case(CaseStep::Submitted), ..entry(n) },
            _ => entry(n),
        };
        block_on(store.ledger().commit(entry, spend)).unwrap();
    }
    (bed, store)
}

fn mismatch() -> Ruling {
    Ruling::Checked { check: Check::Resident2, verdict: Verdict::Mismatch(Elements::from_bits(1)), score: None }
}

fn verdict_of_audit(store: &Store) -> Result<u64, (u64, &'static str)> {
    match store.ledger().verify(None).unwrap() {
        Audit::Whole(verified) => Ok(verified.entries),
        Audit::Broken(broken) => Err((broken.seq.0, broken.what)),
    }
}

#[test]
fn the_contract_holds() {
    for check in [
        contract::entries_are_numbered_without_gaps,
        contract::one_of_a_thousand_spends_it,
        contract::the_others_of_a_thousand_get_the_first_entry,
        contract::the_second_use_says_what_it_means,
        contract::an_entry_is_given_back_as_it_was,
        contract::every_step_of_a_case_comes_back_as_it_went_in,
        contract::a_subject_is_a_number_of_a_kind,
    ] {
        let (_bed, store) = Bed::new();
        check(&*store.ledger());
        verdict_of_audit(&store).unwrap();
    }
}

#[test]
fn two_processes_write_one_chain() {
    let (bed, store) = Bed::new();
    let other = bed.open().unwrap();
    std::thread::scope(|scope| {
        for store in [&store, &other] {
            for thread in 0..4 {
                scope.spawn(move || (0..25).for_each(|n| drop(commit(store, thread * 100 + n, None))));
            }
        }
    });
    assert_eq!(verdict_of_audit(&store), Ok(200));
    assert!(matches!(commit(&store, 1, Some(spend(1, Again::Refuse))), Committed::New(_)));
    assert_eq!(commit(&other, 2, Some(spend(1, Again::Refuse))), Committed::Replayed);
}

#[test]
fn what_was_spent_stays_spent_over_a_restart() {
    let (bed, store) = filled(4);
    drop(store);
    let store = bed.open().unwrap();
    assert_eq!(commit(&store, 9, Some(spend(2, Again::Refuse))), Committed::Replayed);
    assert_eq!(commit(&store, 9, Some(spend(2, Again::Repeat))), Committed::Repeated(Box::new(entry(2))));
}

#[test]
fn any_changed_column_is_noticed_at_its_entry() {
    for change in [
        "at = at + 1",
        "request_id = 'req-x'",
        "door = 'alipay'",
        "caller = 'AK-X'",
        "operation = 'other'",
        "checked = 'portrait3'",
        "subject = zeroblob(16)",
        "verdict = 'no_record'",
        "verdict = 'mismatch', differing = 2",
        "verdict = 'source_down', silent = 'bank'",
        "source = NULL",
        "source = 'bank'",
        "took_micros = 43",
        "spent = zeroblob(16)",
        "spent_until = spent_until + 1",
        "spent = NULL, spent_until = NULL",
        "hash = zeroblob(32)",
    ] {
        let (bed, store) = filled(6);
        bed.tamper("shiming.db", &format!("UPDATE ledger SET {change} WHERE seq = 4"));
        assert_eq!(verdict_of_audit(&store), Err((4, "was changed, or stands in another's place")), "{change}");
    }
}

#[test]
fn a_row_that_cannot_be_read_is_noticed_at_its_entry() {
    for (change, what) in [
        ("subject = x'00'", "its subject is not 16 bytes"),
        ("verdict = 'maybe'", "there is no such verdict"),
        ("differing = 1", "there is no such verdict"),
        ("checked = 'maybe'", "there is no such check"),
        ("checked = 'case'", "a case takes no such step"),
        ("spent_until = NULL", "half of its spend is missing"),
        ("took_micros = -1", "its duration is out of range"),
        ("hash = x'00'", "its hash is not 32 bytes"),
    ] {
        let (bed, store) = filled(6);
        bed.tamper("shiming.db", &format!("UPDATE ledger SET {change} WHERE seq = 4"));
        assert_eq!(verdict_of_audit(&store), Err((4, what)), "{change}");
        let error = store.ledger().export(&Filter::default(), |_| true).unwrap_err();
        assert_eq!(error.to_string(), format!("table `ledger`, row 4: {what}"));
    }
}

#[test]
fn a_score_that_was_changed_added_or_taken_away_is_noticed() {
    let (bed, store) = filled(2);
    let ruling =
        Ruling::Checked { check: Check::Portrait3, verdict: Verdict::Match, score: Score::from_hundredths(7_000) };
    block_on(store.ledger().commit(Entry { ruling, ..entry(3) }, None)).unwrap();
    assert_eq!(verdict_of_audit(&store), Ok(3));
    let noticed = Err((3, "was changed, or stands in another's place"));
    for (seq, change, found) in [
        (3, "6999", noticed),
        (3, "NULL", noticed),
        (3, "10001", Err((3, "its score is above 100"))),
        (3, "-1", Err((3, "its score is not a number"))),
        (1, "7000", Err((1, "a case takes no such step"))),
        (2, "0", Err((2, "was changed, or stands in another's place"))),
    ] {
        bed.tamper("shiming.db", &format!("UPDATE ledger SET score = {change} WHERE seq = {seq}"));
        assert_eq!(verdict_of_audit(&store), found, "{change}");
        let before = if seq == 3 { "7000" } else { "NULL" };
        bed.tamper("shiming.db", &format!("UPDATE ledger SET score = {before} WHERE seq = {seq}"));
    }
    assert_eq!(verdict_of_audit(&store), Ok(3));
}

#[test]
fn a_removed_entry_is_noticed() {
    let (bed, store) = filled(6);
    bed.tamper("shiming.db", "DELETE FROM ledger WHERE seq = 3");
    assert_eq!(verdict_of_audit(&store), Err((3, "is missing")));
}

#[test]
fn a_removed_entry_whose_followers_moved_up_is_noticed() {
    let (bed, store) = filled(6);
    bed.tamper("shiming.db", "DELETE FROM ledger WHERE seq = 3; UPDATE ledger SET seq = seq - 1 WHERE seq > 3");
    assert_eq!(verdict_of_audit(&store), Err((3, "was changed, or stands in another's place")));
}

#[test]
fn a_cut_tail_is_noticed() {
    let (bed, store) = filled(6);
    bed.tamper("shiming.db", "DELETE FROM ledger WHERE seq > 4");
    assert_eq!(verdict_of_audit(&store), Err((5, "is missing: the ledger was cut off here")));
    // The head moved along: only its seal tells.
    bed.tamper("shiming.db", "UPDATE ledger_head SET seq = 4, hash = (SELECT hash FROM ledger WHERE seq = 4)");
    let what = "the head's seal does not fit: the ledger was cut off or rewritten";
    assert_eq!(verdict_of_audit(&store), Err((4, what)));
    let error = block_on(store.ledger().commit(entry(7), None)).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.starts_with("table `ledger_head`"), "nothing is added to a forged head: {cause}");
}

#[test]
fn entries_that_changed_places_are_noticed() {
    let (bed, store) = filled(6);
    bed.tamper(
        "shiming.db",
        "UPDATE ledger SET seq = -2 WHERE seq = 2; UPDATE ledger SET seq = 2 WHERE seq = 3;
         UPDATE ledger SET seq = 3 WHERE seq = -2",
    );
    assert_eq!(verdict_of_audit(&store), Err((2, "was changed, or stands in another's place")));
}

#[test]
fn an_entry_behind_the_head_is_noticed() {
    let (bed, store) = filled(2);
    bed.tamper(
        "shiming.db",
        "CREATE TABLE copy AS SELECT * FROM ledger WHERE seq = 2; UPDATE copy SET seq = 3;
         INSERT INTO ledger SELECT * FROM copy",
    );
    assert_eq!(verdict_of_audit(&store), Err((3, "stands behind the head: it was not written by this program")));
}

#[test]
fn a_missing_head_is_noticed() {
    let (bed, store) = filled(2);
    bed.tamper("shiming.db", "DELETE FROM ledger_head");
    assert_eq!(verdict_of_audit(&store), Err((0, "is missing")));
}

#[test]
fn a_ledger_put_back_to_an_older_state_is_noticed_by_a_noted_head() {
    let (bed, store) = filled(3);
    let path = bed.data().join("shiming.db");
    Connection::open(&path).unwrap().execute("VACUUM INTO ?1", [path.with_extension("old").to_str()]).unwrap();
    let early = store.ledger().head().unwrap();
    commit(&store, 4, None);
    let noted: Head = store.ledger().head().unwrap().to_string().parse().unwrap();
    assert!(matches!(store.ledger().verify(Some(&early)), Ok(Audit::Whole(_))));
    assert!(matches!(store.ledger().verify(Some(&noted)), Ok(Audit::Whole(_))));
    drop(store);
    std::fs::rename(path.with_extension("old"), &path).unwrap();
    let store = bed.open().unwrap();
    assert_eq!(verdict_of_audit(&store), Ok(3), "by itself it is sound");
    let Audit::Broken(broken) = store.ledger().verify(Some(&noted)).unwrap() else { panic!("not noticed") };
    assert_eq!(broken.seq, Seq(4));
    // Other entries in the place of those that were put back.
    commit(&store, 40, None);
    let Audit::Broken(broken) = store.ledger().verify(Some(&noted)).unwrap() else { panic!("not noticed") };
    assert_eq!(broken, Broken { seq: Seq(4), what: "is not the one that was noted" });
}

#[test]
fn a_head_is_read_as_it_is_printed_and_nothing_else_is() {
    let head = Head { seq: Seq(7), hash: [0xA5; 32] };
    assert_eq!(head.to_string().parse(), Ok(head));
    for text in ["", "7", "7:", "x:00", &format!("7:{}", "+1".repeat(32)), &format!("-1:{}", "00".repeat(32))] {
        assert_eq!(text.parse::<Head>(), Err(NotAHead), "{text}");
    }
}

#[test]
fn an_export_is_verified_without_any_key() {
    let (_bed, store) = filled(20);
    let mut last = chain::ZERO;
    let count = store.ledger().export(&Filter::default(), |exported| {
        let ExportedEntry { seq, entry, spent, before, hash } = exported;
        assert_eq!(before, last);
        assert_eq!(chain::link(&before, seq, &entry, spent.as_ref()), hash);
        last = hash;
        true
    });
    assert_eq!(count.unwrap(), 20);
    assert_eq!(store.ledger().head().unwrap(), Head { seq: Seq(20), hash: last });
}

#[test]
fn the_first_link_is_the_one_that_the_description_gives() {
    let mut form = Vec::new();
    chain::write_form(&mut form, Seq(1), &entry(1), Some(&([7; 16], NOW)));
    let mut expected = vec![1];
    expected.extend(1u64.to_be_bytes());
    expected.extend(1_800_000_000_001i64.to_be_bytes());
    for text in ["req-00000000000000000001", "jdcloud", "AK-CONTRACT", "personalAuth", "resident2"] {
        expected.extend([&u32::try_from(text.len()).unwrap().to_be_bytes()[..], text.as_bytes()].concat());
    }
    expected.extend([1; 16]);
    expected.extend(b"\0\0\0\x05match\0\0\0\x01\0\0\0\x08registry\0\0\0\x2a\x01");
    expected.extend([7; 16]);
    expected.extend(1_800_000_000_000i64.to_be_bytes());
    assert_eq!(form, expected);
}

#[test]
fn an_export_gives_what_the_filter_lets_through() {
    let (_bed, store) = filled(12);
    let export = |filter: Filter| {
        let mut seqs = Vec::new();
        store
            .ledger()
            .export(&filter, |exported| {
                seqs.push(exported.seq.0);
                true
            })
            .unwrap();
        seqs
    };
    assert_eq!(export(Filter { from_seq: Some(4), to_seq: Some(6), ..Filter::default() }), [4, 5, 6]);
    assert_eq!(export(Filter { verdict: Some("mismatch".into()), ..Filter::default() }), [3, 6, 9, 12]);
    let (since, before) = (Some(NOW.plus_millis(3)), Some(NOW.plus_millis(5)));
    assert_eq!(export(Filter { since, before, ..Filter::default() }), [3, 4]);
    assert!(export(Filter { door: Some("alipay".into()), ..Filter::default() }).is_empty());
    assert_eq!(export(Filter { caller: Some("AK-CONTRACT".into()), ..Filter::default() }).len(), 12);
    let mut seen = 0;
    let count = store.ledger().export(&Filter::default(), |_| {
        seen += 1;
        seen < 5
    });
    assert_eq!((count.unwrap(), seen), (5, 5));
}

#[test]
fn more_entries_than_a_snapshot_holds_are_walked_to_the_end() {
    let (_bed, store) = Bed::new();
    let ledger = store.ledger();
    std::thread::scope(|scope| {
        for thread in 0..64 {
            let ledger = &ledger;
            scope.spawn(move || {
                for n in 0..150 {
                    block_on(ledger.commit(entry(thread * 1000 + n), None)).unwrap();
                }
            });
        }
    });
    assert_eq!(verdict_of_audit(&store), Ok(9600));
    assert_eq!(ledger.export(&Filter::default(), |_| true).unwrap(), 9600);
}

#[test]
fn a_batch_that_fails_is_not_there_and_the_next_one_is() {
    let (bed, store) = filled(2);
    let before = dump(&Connection::open(bed.data().join("shiming.db")).unwrap(), "ledger");
    bed.tamper(
        "shiming.db",
        "CREATE TRIGGER fail BEFORE UPDATE ON ledger_head BEGIN SELECT raise(ABORT, 'disk full'); END",
    );
    let failed: Vec<_> = std::thread::scope(|scope| {
        let commit = |n| {
            scope.spawn({
                let store = &store;
                move || block_on(store.ledger().commit(entry(n), Some(spend(n, Again::Refuse))))
            })
        };
        let handles: Vec<_> = (50..70).map(commit).collect();
        handles.into_iter().map(|handle| handle.join().unwrap()).collect()
    });
    assert!(failed.iter().all(Result::is_err));
    assert_eq!(dump(&Connection::open(bed.data().join("shiming.db")).unwrap(), "ledger"), before);
    bed.tamper("shiming.db", "DROP TRIGGER fail");
    assert_eq!(commit(&store, 50, Some(spend(50, Again::Refuse))), Committed::New(Seq(3)), "its nonce is unspent");
    assert_eq!(verdict_of_audit(&store), Ok(3));
}

/// As SQLite ends a transaction by itself when the disk is full while it writes pages out.
#[test]
fn a_transaction_that_ends_under_one_job_takes_the_whole_batch_with_it() {
    let (_bed, store) = filled(2);
    let (open, gate) = std::sync::mpsc::channel::<()>();
    let a_moment = || std::thread::sleep(std::time::Duration::from_millis(50));
    let ledger = store.ledger();
    std::thread::scope(|scope| {
        // While the writer is held up, the others become one batch.
        let held = scope.spawn(|| {
            let wait = move |_: &Connection| {
                gate.recv().unwrap();
                Ok(())
            };
            block_on(ledger.change(wait)).unwrap();
        });
        a_moment();
        let first = scope.spawn(|| block_on(ledger.commit(entry(50), Some(spend(50, Again::Refuse)))));
        a_moment();
        let ended = scope.spawn(|| block_on(ledger.change(|on| Ok(on.execute_batch("ROLLBACK; SELECT full")?))));
        a_moment();
        let last = scope.spawn(|| block_on(ledger.commit(entry(51), None)));
        a_moment();
        open.send(()).unwrap();
        held.join().unwrap();
        assert!(ended.join().unwrap().is_err());
        assert!(first.join().unwrap().is_err() && last.join().unwrap().is_err());
    });
    assert_eq!(verdict_of_audit(&store), Ok(2));
    assert_eq!(commit(&store, 50, Some(spend(50, Again::Refuse))), Committed::New(Seq(3)), "its nonce is unspent");
    assert_eq!(verdict_of_audit(&store), Ok(3));
}

#[test]
fn a_repeat_of_a_lost_entry_fails_alone() {
    let (bed, store) = filled(4);
    bed.tamper("shiming.db", "DELETE FROM ledger WHERE seq = 2");
    let error = block_on(store.ledger().commit(entry(9), Some(spend(2, Again::Repeat)))).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "table `ledger`, row 2: is missing, and its spend is there");
    assert_eq!(commit(&store, 5, None), Committed::New(Seq(5)));
}

#[test]
fn closing_answers_what_was_handed_over_and_refuses_the_rest() {
    let (bed, store) = Bed::new();
    let ledger = store.ledger();
    let closed = AtomicBool::new(false);
    let durable: u64 = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..16)
            .map(|thread| {
                let (ledger, closed) = (&ledger, &closed);
                scope.spawn(move || {
                    let commits = (0..).map(|n| block_on(ledger.commit(entry(thread * 100_000 + n), None)));
                    let durable = commits.take_while(Result::is_ok).count() as u64;
                    assert!(closed.load(Ordering::SeqCst), "refused before it was closed");
                    durable
                })
            })
            .collect();
        std::thread::sleep(std::time::Duration::from_millis(50));
        closed.store(true, Ordering::SeqCst);
        store.close();
        handles.into_iter().map(|handle| handle.join().unwrap()).sum()
    });
    drop((ledger, store));
    assert!(durable > 0);
    assert_eq!(verdict_of_audit(&bed.open().unwrap()), Ok(durable), "acknowledged is durable, and the reverse");
}

#[test]
fn who_stops_waiting_loses_nothing_of_the_ledger() {
    let (_bed, store) = Bed::new();
    let ledger = store.ledger();
    let mut given_up = ledger.commit(entry(1), Some(spend(1, Again::Refuse)));
    let waker = std::task::Waker::noop();
    let _ = given_up.as_mut().poll(&mut std::task::Context::from_waker(waker));
    drop(given_up);
    assert_eq!(commit(&store, 2, Some(spend(1, Again::Refuse))), Committed::Replayed);
    assert_eq!(verdict_of_audit(&store), Ok(1));
}

#[test]
fn a_ledger_without_its_writer_is_not_ready() {
    let (_bed, store) = Bed::new();
    assert!(store.ledger().ready().is_ok());
    store.ledger().close();
    assert!(matches!(store.ledger().ready(), Err(StoreError::Closed)));
}

#[test]
fn tags_of_texts_that_read_alike_together_never_meet() {
    let (_bed, store) = Bed::new();
    let ledger = store.ledger();
    assert_eq!(ledger.tag(&[b"jdcloud", b"AK", b"n"]), ledger.tag(&[b"jdcloud", b"AK", b"n"]));
    assert_ne!(ledger.tag(&[b"jdcloud", b"AK", b"n"]), ledger.tag(&[b"jdcloud", b"AK2", b"n"]));
    assert_ne!(ledger.tag(&[b"jdcloud", b"AK", b"2n"]), ledger.tag(&[b"jdcloud", b"AK2", b"n"]));
    let key = RecordKey { kind: RecordKind::Mobile, number: "AK" };
    assert_ne!(ledger.tag(&[b"", b"", b"AK"]), ledger.subject(key).0);
    let photo = vec![7; 100_000];
    let mut other = photo.clone();
    other[50_000] ^= 1;
    assert_eq!(ledger.tag(&[b"a", &photo]), ledger.tag(&[b"a", &photo]));
    for others in [[&b"a"[..], &other], [b"b", &photo], [&photo, b"a"], [b"a", &photo[1..]]] {
        assert_ne!(ledger.tag(&[b"a", &photo]), ledger.tag(&others));
    }
}
