//! What every store must do, whatever engine is beneath: checks against the core's ports, for each engine's tests.
//!
//! With it comes what such tests need: a random source that counts, a way to wait for a future without a runtime, and a
//! few made-up people.

#![expect(clippy::missing_panics_doc, reason = "a check fails by panicking")]

use std::{
    collections::BTreeMap,
    io,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use secrecy::{ExposeSecret, SecretString};
use shiming_core::{
    Again, Caller, CallerState, Callers, CannotCheck, CaseStep, Change, Check, Claim, Committed, Element, Elements,
    Entry, Finding, Ledger, Record, RecordKey, RecordKind, Ruling, Score, Seq, Source, Spend, SubjectTag, UnixTime,
    Unusable, Verdict, record::Number,
};
use shiming_identity::{BankCard, CompanyName, CompanyNumber, Date, Mobile, PersonName, ResidentId};

use crate::Random;

/// The moment at which the contract's entries are decided.
pub const NOW: UnixTime = UnixTime(1_800_000_000_000);

/// Random bytes that are the same for the same seed: for tests only.
pub fn counting_random(seed: u64) -> Arc<dyn Random> {
    let state = AtomicU64::new(seed << 32);
    Arc::new(move |bytes: &mut [u8]| -> io::Result<()> {
        for chunk in bytes.chunks_mut(8) {
            // SplitMix64: every state gives another number.
            let mut z = state.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    })
}

/// Waits for a future on this thread.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

/// An entry that differs from others by its number only.
pub fn entry(n: u64) -> Entry {
    Entry {
        at: NOW.plus_millis(i64::try_from(n).unwrap()),
        request_id: format!("req-{n:020}"),
        door: "jdcloud".to_owned(),
        caller: "AK-CONTRACT".to_owned(),
        operation: "personalAuth".to_owned(),
        subject: SubjectTag([u8::try_from(n % 251).unwrap(); 16]),
        ruling: Ruling::Checked { check: Check::Resident2, verdict: Verdict::Match, score: None },
        source: Some("registry".into()),
        took_micros: 42,
    }
}

/// A spend that differs from others by its number only, valid for five minutes.
pub fn spend(n: u64, again: Again) -> Spend {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
    key[8..].copy_from_slice(&n.to_be_bytes());
    Spend { key, until: NOW.plus_millis(300_000), again }
}

/// A made-up resident number: area 110101, born in the first days of 1900 to 1919.
pub fn resident(n: u32) -> ResidentId {
    let (year, month, day) = (1900 + n / 1000 % 20, 1 + n / 20_000 % 12, 1 + n / 240_000 % 28);
    let body = format!("110101{year}{month:02}{day:02}{:03}", n % 1000);
    let check = shiming_identity::check::resident_id(&body).unwrap();
    ResidentId::parse(&format!("{body}{check}"), Date::constant(2026, 11, 25)).unwrap().value
}

/// A made-up name.
pub fn name(n: u32) -> PersonName {
    const CHARACTERS: [char; 10] = ['甲', '乙', '丙', '丁', '戊', '己', '庚', '辛', '壬', '癸'];
    let text: String =
        format!("{n:04}").chars().filter_map(|digit| CHARACTERS.get(digit.to_digit(10)? as usize)).collect();
    PersonName::parse(&format!("样{text}")).unwrap().value
}

/// A made-up card number.
pub fn card(n: u32) -> BankCard {
    let body = format!("622202{n:012}");
    let check = shiming_identity::check::bank_card(&body).unwrap();
    BankCard::parse(&format!("{body}{check}")).unwrap().value
}

/// A made-up mobile number.
pub fn mobile(n: u32) -> Mobile {
    Mobile::parse(&format!("139{n:08}")).unwrap().value
}

/// The company number that the standard prints as its sample (GB 32100-2015).
pub fn company_number() -> CompanyNumber {
    CompanyNumber::parse("91350100M000100Y43").unwrap().value
}

/// A made-up company.
pub fn company_name() -> CompanyName {
    CompanyName::parse("样例（北京）科技有限公司").unwrap().value
}

/// A record of each kind, for one person; the card has no mobile number.
pub fn cast(n: u32) -> Vec<Change> {
    [
        Record::Resident { id: resident(n), name: name(n) },
        Record::BankCard { card: card(n), name: name(n), id: resident(n), mobile: None },
        Record::Mobile { mobile: mobile(n), name: name(n), id: resident(n) },
        Record::Company {
            number: company_number(),
            name: company_name(),
            legal_name: Some(name(n)),
            legal_id: Some(resident(n)),
        },
    ]
    .map(Change::Upsert)
    .into()
}

/// Entries get numbers without gaps, in the order in which they were handed over.
pub fn entries_are_numbered_without_gaps(ledger: &dyn Ledger) {
    for n in 1..=5 {
        assert_eq!(block_on(ledger.commit(entry(n), None)).unwrap(), Committed::New(Seq(n)));
    }
}

/// Of a thousand threads that spend the same thing, one gets a new entry, and the others are refused.
pub fn one_of_a_thousand_spends_it(ledger: &dyn Ledger) {
    let outcomes = at_once(1000, |n| block_on(ledger.commit(entry(n), Some(spend(7, Again::Refuse)))).unwrap());
    let new = outcomes.iter().filter(|outcome| matches!(outcome, Committed::New(_))).count();
    let replayed = outcomes.iter().filter(|outcome| matches!(outcome, Committed::Replayed)).count();
    assert_eq!((new, replayed), (1, 999));
}

/// Of a thousand threads that repeat the same thing, one gets a new entry, and the others get that one again.
pub fn the_others_of_a_thousand_get_the_first_entry(ledger: &dyn Ledger) {
    let outcomes = at_once(1000, |n| (n, block_on(ledger.commit(entry(n), Some(spend(8, Again::Repeat)))).unwrap()));
    let first: Vec<u64> =
        outcomes.iter().filter(|(_, outcome)| matches!(outcome, Committed::New(_))).map(|(n, _)| *n).collect();
    let [first] = first[..] else { panic!("{} new entries", first.len()) };
    for (n, outcome) in outcomes.into_iter().filter(|(n, _)| *n != first) {
        assert_eq!(outcome, Committed::Repeated(Box::new(entry(first))), "thread {n}");
    }
}

/// What a second use means is said by the second use.
pub fn the_second_use_says_what_it_means(ledger: &dyn Ledger) {
    let commit = |n, again| block_on(ledger.commit(entry(n), Some(spend(9, again)))).unwrap();
    assert!(matches!(commit(1, Again::Repeat), Committed::New(_)));
    assert_eq!(commit(2, Again::Refuse), Committed::Replayed);
    assert_eq!(commit(3, Again::Repeat), Committed::Repeated(Box::new(entry(1))));
}

/// An entry is given back exactly as it was, whatever its verdict.
pub fn an_entry_is_given_back_as_it_was(ledger: &dyn Ledger) {
    let verdicts = [
        Verdict::Match,
        Verdict::Mismatch(Elements::NONE.with(Element::Name).with(Element::LegalId)),
        Verdict::NoRecord,
        Verdict::CannotCheck(CannotCheck::SourceDown("bank".into())),
        Verdict::CannotCheck(CannotCheck::NoFaceEngine),
        Verdict::CannotCheck(CannotCheck::NoPortraitOnRecord),
        Verdict::CannotCheck(CannotCheck::FaceEngineBusy),
        Verdict::CannotCheck(CannotCheck::TemplateOutdated),
        Verdict::CannotCheck(CannotCheck::NameNotComparable),
    ];
    let unusable = Unusable::ALL.iter().map(|reason| Verdict::CannotCheck(CannotCheck::PortraitUnusable(*reason)));
    for (n, verdict) in (100..).zip(verdicts.into_iter().chain(unusable)) {
        for (n, check) in (n * 100..).zip(Check::ALL) {
            let source = (n % 2 == 0).then(|| "registry".into());
            let score = (n % 3 == 0).then(|| Score::from_hundredths(u16::try_from(n % 10_001).unwrap()).unwrap());
            let first =
                Entry { ruling: Ruling::Checked { check, verdict: verdict.clone(), score }, source, ..entry(n) };
            let spend = spend(n, Again::Repeat);
            assert!(matches!(block_on(ledger.commit(first.clone(), Some(spend.clone()))), Ok(Committed::New(_))));
            let again = block_on(ledger.commit(entry(0), Some(spend))).unwrap();
            assert_eq!(again, Committed::Repeated(Box::new(first)));
        }
    }
}

/// The steps of cases come back as they went in.
pub fn every_step_of_a_case_comes_back_as_it_went_in(ledger: &dyn Ledger) {
    for (n, step) in (9_000..).zip(CaseStep::ALL) {
        let first = Entry { ruling: Ruling::Case(step), ..entry(n) };
        let spend = spend(n, Again::Repeat);
        assert!(matches!(block_on(ledger.commit(first.clone(), Some(spend.clone()))), Ok(Committed::New(_))));
        let again = block_on(ledger.commit(entry(0), Some(spend))).unwrap();
        assert_eq!(again, Committed::Repeated(Box::new(first)));
    }
}

/// Subjects are equal for equal numbers of a kind, and only for these.
pub fn a_subject_is_a_number_of_a_kind(ledger: &dyn Ledger) {
    let of = |kind, number| ledger.subject(RecordKey { kind, number });
    assert_eq!(of(RecordKind::Mobile, "139"), of(RecordKind::Mobile, "139"));
    assert_ne!(of(RecordKind::Mobile, "139"), of(RecordKind::Mobile, "138"));
    assert_ne!(of(RecordKind::Mobile, "139"), of(RecordKind::BankCard, "139"));
}

/// Claims are answered by the record under their number, element by element; what the record lacks differs.
pub fn claims_are_answered_element_by_element(source: &dyn Source, load: &dyn Fn(&[Change])) {
    let found = |claim: &Claim| block_on(source.ask(claim)).unwrap();
    let differs =
        |elements: &[Element]| Finding::Record { differing: elements.iter().copied().collect(), portrait: None };
    let resident_claim = |n, m| Claim::Resident { id: resident(n), name: name(m), portrait: None };

    assert_eq!(found(&resident_claim(1, 1)), Finding::NoRecord);
    load(&cast(1));
    assert_eq!(found(&resident_claim(1, 1)), differs(&[]));
    assert_eq!(found(&resident_claim(1, 2)), differs(&[Element::Name]));
    assert_eq!(found(&resident_claim(2, 1)), Finding::NoRecord);

    let bank = |m, mobile| Claim::BankCard { card: card(1), name: name(1), id: resident(m), mobile };
    assert_eq!(found(&bank(1, None)), differs(&[]));
    assert_eq!(found(&bank(2, None)), differs(&[Element::IdNumber]));
    assert_eq!(found(&bank(1, Some(mobile(1)))), differs(&[Element::Mobile]), "the record has no mobile number");

    let phone = |m, id| Claim::Mobile { mobile: mobile(1), name: name(m), id };
    assert_eq!(found(&phone(1, None)), differs(&[]));
    assert_eq!(found(&phone(2, Some(resident(2)))), differs(&[Element::Name, Element::IdNumber]));

    let company =
        |legal_name, legal_id| Claim::Company { number: company_number(), name: company_name(), legal_name, legal_id };
    assert_eq!(found(&company(None, None)), differs(&[]));
    assert_eq!(found(&company(Some(name(1)), Some(resident(1)))), differs(&[]));
    assert_eq!(found(&company(Some(name(1)), Some(resident(2)))), differs(&[Element::LegalId]));
}

/// An upsert takes the place of the record under its key, a deletion takes it out, and the later of two changes counts.
pub fn the_later_change_counts(source: &dyn Source, load: &dyn Fn(&[Change])) {
    let upsert = |n| Change::Upsert(Record::Resident { id: resident(5), name: name(n) });
    let delete = || Change::Delete { kind: RecordKind::Resident, number: Number::new(resident(5).expose()) };
    let found = |n| block_on(source.ask(&Claim::Resident { id: resident(5), name: name(n), portrait: None })).unwrap();
    let equal = Finding::Record { differing: Elements::NONE, portrait: None };
    load(&[upsert(1)]);
    load(&[upsert(2)]);
    assert_eq!(found(2), equal);
    load(&[upsert(3), upsert(4)]);
    assert_eq!(found(4), equal);
    load(&[upsert(5), delete()]);
    assert_eq!(found(5), Finding::NoRecord);
    load(&[delete(), upsert(6)]);
    assert_eq!(found(6), equal);
}

/// A caller is given back as it was put, and replaced by one of the same door and key id.
pub fn callers_are_given_back_as_they_were<E: std::error::Error + Send + Sync + 'static>(
    callers: &dyn Callers<Error = E>,
) {
    let caller = |door: &str, secrets: &[(&str, &str)]| Caller {
        door: door.to_owned(),
        key_id: "AK-1".to_owned(),
        label: "试用 trial".to_owned(),
        state: CallerState::Enabled,
        secrets: secrets.iter().map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))).collect(),
        settings: BTreeMap::from([("region".to_owned(), "cn-north-1".to_owned())]),
    };
    let all = || {
        let mut all: Vec<_> =
            callers.all().unwrap().into_iter().map(|c| (c.door.clone(), plain(&c), c.state)).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    };
    let (one, other) = (caller("jdcloud", &[("secret", "s3cret-one"), ("old", "")]), caller("alipay", &[]));
    let mut revision = callers.revision().unwrap();
    let mut grew = || {
        let now = callers.revision().unwrap();
        std::mem::replace(&mut revision, now) < now
    };
    callers.put(&one).unwrap();
    assert!(grew());
    callers.put(&other).unwrap();
    assert!(grew());
    let expected = |one: &Caller, state| {
        vec![("alipay".to_owned(), plain(&other), CallerState::Enabled), ("jdcloud".to_owned(), plain(one), state)]
    };
    assert_eq!(all(), expected(&one, CallerState::Enabled));
    assert!(callers.set_state("jdcloud", "AK-1", CallerState::Disabled).unwrap());
    assert!(grew());
    assert!(!callers.set_state("jdcloud", "AK-2", CallerState::Disabled).unwrap());
    assert_eq!(all(), expected(&one, CallerState::Disabled));
    let new = caller("jdcloud", &[("secret", "s3cret-two")]);
    callers.put(&new).unwrap();
    assert_eq!(all(), expected(&new, CallerState::Enabled));
}

type Plain = (String, String, Vec<(String, String)>, BTreeMap<String, String>);

fn plain(caller: &Caller) -> Plain {
    let secrets = caller.secrets.iter().map(|(name, value)| (name.clone(), value.expose_secret().to_owned())).collect();
    (caller.key_id.clone(), caller.label.clone(), secrets, caller.settings.clone())
}

/// Runs something on so many threads at once.
fn at_once<T: Send>(threads: u64, work: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let work = &work;
    thread::scope(|scope| {
        let spawn = |n| thread::Builder::new().stack_size(256 << 10).spawn_scoped(scope, move || work(n)).unwrap();
        let handles: Vec<_> = (1..=threads).map(spawn).collect();
        handles.into_iter().map(|handle| handle.join().unwrap()).collect()
    })
}
