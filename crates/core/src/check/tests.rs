use std::{
    pin::pin,
    sync::Mutex,
    task::{Context, Poll, Waker},
};

use jiff::civil::date;
use shiming_identity::{PersonName, ResidentId};

use super::*;
use crate::{BoxFuture, claim::Check, face::Unusable, ledger::Seq, record::RecordKey, source::SourceDown};

const NOW: UnixTime = UnixTime::from_secs(1_795_000_000);

#[test]
fn the_first_source_with_a_record_decides() {
    let (first, second) = (says("first", Ok(Finding::NoRecord)), says("second", Ok(same())));
    let third = says("third", Ok(differs(Element::Name)));
    let bench = Bench::new([first, second, third]);
    assert_eq!(bench.check(&claim(None)).unwrap().verdict, Verdict::Match);
    assert_eq!(bench.entry().source, Some(SourceId::from("second")));
}

#[test]
fn a_mismatch_is_a_verdict_and_the_ledger_knows_which_element() {
    let bench = Bench::new([says("registry", Ok(differs(Element::Name)))]);
    let verdict = bench.check(&claim(None)).unwrap().verdict;
    assert_eq!(verdict, Verdict::Mismatch(Elements::NONE.with(Element::Name)));
    assert_eq!(bench.entry().ruling.verdict(), Some(&verdict));
}

#[test]
fn nobody_says_no_record_while_a_source_is_silent() {
    let bench = Bench::new([says("bureau", Err(())), says("registry", Ok(Finding::NoRecord))]);
    let bureau = SourceId::from("bureau");
    let verdict = bench.check(&claim(None)).unwrap().verdict;
    assert_eq!(verdict, Verdict::CannotCheck(CannotCheck::SourceDown(bureau)));
}

#[test]
fn a_source_that_answers_makes_up_for_one_that_is_silent() {
    let bench = Bench::new([says("bureau", Err(())), says("registry", Ok(same()))]);
    assert_eq!(bench.check(&claim(None)).unwrap().verdict, Verdict::Match);
}

#[test]
fn a_portrait_is_never_a_match_without_an_engine() {
    let bench = Bench::new([says("registry", Ok(same()))]);
    let verdict = bench.check(&claim(Some(vec![0xff]))).unwrap().verdict;
    assert_eq!(verdict, Verdict::CannotCheck(CannotCheck::NoFaceEngine));
}

#[test]
fn what_the_sources_say_decides_before_the_face_and_without_an_engine_too() {
    let down = CannotCheck::SourceDown(SourceId::from("registry"));
    for (finding, verdict) in [
        (Ok(differs(Element::Name)), Verdict::Mismatch(Elements::NONE.with(Element::Name))),
        (Ok(Finding::NoRecord), Verdict::NoRecord),
        (Err(()), Verdict::CannotCheck(down)),
    ] {
        let bench = || Bench::new([says("registry", finding.clone())]);
        let with = bench().with_faces(Likeness::Unusable(Unusable::NoFace));
        for bench in [bench(), with] {
            assert_eq!(bench.check(&claim(Some(vec![0xff]))).unwrap().verdict, verdict);
        }
    }
}

#[test]
fn the_engine_decides_where_all_else_is_equal() {
    let with_portrait = || Ok(Finding::Record { differing: Elements::NONE, portrait: Some(vec![1]) });
    let portrait = Elements::NONE.with(Element::Portrait);
    for (likeness, verdict) in [
        (Likeness::Same(Score::MOST), Verdict::Match),
        (Likeness::Different(Score::LEAST), Verdict::Mismatch(portrait)),
        (Likeness::Busy, Verdict::CannotCheck(CannotCheck::FaceEngineBusy)),
        (Likeness::OtherModel, Verdict::CannotCheck(CannotCheck::TemplateOutdated)),
    ]
    .into_iter()
    .chain(
        Unusable::ALL
            .iter()
            .map(|reason| (Likeness::Unusable(*reason), Verdict::CannotCheck(CannotCheck::PortraitUnusable(*reason)))),
    ) {
        let bench = Bench::new([says("registry", with_portrait())]).with_faces(likeness);
        assert_eq!(bench.check(&claim(Some(vec![0xff]))).unwrap().verdict, verdict);
    }
    let bench = Bench::new([says("registry", Ok(same()))]).with_faces(Likeness::Same(Score::MOST));
    let verdict = bench.check(&claim(Some(vec![0xff]))).unwrap().verdict;
    assert_eq!(verdict, Verdict::CannotCheck(CannotCheck::NoPortraitOnRecord));
}

#[test]
fn the_ledger_has_the_score_where_two_faces_were_compared() {
    let with_portrait = || Ok(Finding::Record { differing: Elements::NONE, portrait: Some(vec![1]) });
    let score = Score::from_hundredths(8_765).unwrap();
    for (likeness, kept) in [
        (Likeness::Same(score), Some(score)),
        (Likeness::Different(score), Some(score)),
        (Likeness::Unusable(Unusable::NoFace), None),
        (Likeness::Busy, None),
    ] {
        let bench = Bench::new([says("registry", with_portrait())]).with_faces(likeness);
        bench.check(&claim(Some(vec![0xff]))).unwrap();
        assert_eq!(bench.entry().ruling.score(), kept);
    }
}

#[test]
fn a_busy_engine_does_not_use_up_a_number() {
    let with_portrait = || Ok(Finding::Record { differing: Elements::NONE, portrait: Some(vec![1]) });
    let bench = Bench::new([says("registry", with_portrait())]).with_faces(Likeness::Busy);
    bench.check_again(&claim(Some(vec![0xff]))).unwrap();
    assert!(bench.book.spent.lock().unwrap().is_none());
    assert_eq!(bench.entry().ruling.word(), "face_engine_busy");
}

/// Identity rules, section 6.3: what the operator's table explains is compared; what nobody can read is no mismatch.
#[test]
fn a_private_use_character_is_compared_where_the_operator_knows_its_meaning() {
    let named = |name: &str| Claim::Resident {
        id: ResidentId::parse("110101190001010014", date(2026, 11, 25)).unwrap().value,
        name: PersonName::parse(name).unwrap().value,
        portrait: None,
    };
    let verdict = |bench: &Bench, name: &str| bench.check(&named(name)).unwrap().verdict;
    let unreadable = Verdict::CannotCheck(CannotCheck::NameNotComparable);
    let registry = says("registry", Ok(same()));
    let seen = Arc::clone(&registry.seen);
    let plain = Bench::new([registry]);
    assert_eq!(verdict(&plain, "样\u{E001}"), unreadable);
    assert_eq!(*seen.lock().unwrap(), [] as [String; 0]);
    let mut bench = plain;
    bench.checker = bench.checker.with_private_use(PrivateUseTable::from_csv("E001,9F98").unwrap());
    assert_eq!(verdict(&bench, "样\u{E001}"), Verdict::Match);
    assert_eq!(verdict(&bench, "样\u{E002}"), unreadable);
    assert_eq!(verdict(&bench, "样例"), Verdict::Match);
    assert_eq!(*seen.lock().unwrap(), ["样龘", "样例"]);
}

#[test]
fn a_replay_has_no_decision() {
    let bench = Bench::new([says("registry", Ok(same()))]).with_answer(Ok(Committed::Replayed));
    assert!(matches!(bench.check(&claim(None)), Err(Fault::Replayed)));
}

#[test]
fn a_repeated_call_is_answered_with_the_first_decision() {
    let first = Bench::new([says("registry", Ok(differs(Element::Name)))]);
    first.check(&claim(None)).unwrap();
    let entry = Entry { request_id: "the-first".into(), ..first.entry() };
    let bench = Bench::new([says("registry", Ok(same()))]).with_answer(Ok(Committed::Repeated(Box::new(entry))));
    let decision = bench.check(&claim(None)).unwrap();
    assert_eq!(decision.request_id, "the-first");
    assert_eq!(decision.verdict, Verdict::Mismatch(Elements::NONE.with(Element::Name)));
    assert!(decision.repeated);
}

#[test]
fn a_request_whose_number_was_used_for_another_has_no_decision() {
    let bench = Bench::new([says("registry", Ok(same()))]).with_answer(Ok(Committed::Differs));
    assert!(matches!(bench.check(&claim(None)), Err(Fault::Differs)));
}

#[test]
fn what_was_decided_under_a_number_is_given_again_and_nobody_is_looked_up() {
    let first = Bench::new([says("registry", Ok(differs(Element::Name)))]);
    first.check_again(&claim(None)).unwrap();
    let bench = Bench::new([says("registry", Ok(same()))]);
    *bench.book.earlier.lock().unwrap() = Some(Committed::Repeated(Box::new(first.entry())));
    let decision = bench.check_again(&claim(None)).unwrap();
    assert_eq!(decision.verdict, Verdict::Mismatch(Elements::NONE.with(Element::Name)));
    assert!(decision.repeated);
    *bench.book.earlier.lock().unwrap() = Some(Committed::Differs);
    assert!(matches!(bench.check_again(&claim(None)), Err(Fault::Differs)));
    assert!(bench.book.entries.lock().unwrap().is_empty());
}

#[test]
fn a_number_is_not_used_up_where_nobody_could_decide() {
    let spent = |bench: Bench| {
        bench.check_again(&claim(None)).unwrap();
        bench.book.spent.lock().unwrap().clone()
    };
    assert!(spent(Bench::new([says("registry", Ok(Finding::NoRecord))])).is_some());
    assert!(spent(Bench::new([says("registry", Err(()))])).is_none());
    let bench = Bench::new([says("registry", Err(()))]);
    bench.check(&claim(None)).unwrap();
    assert!(bench.book.spent.lock().unwrap().is_some(), "a nonce is spent all the same");
    let with_portrait = Ok(Finding::Record { differing: Elements::NONE, portrait: Some(vec![1]) });
    let bench = Bench::new([says("registry", with_portrait)]).with_faces(Likeness::Busy);
    bench.check(&claim(Some(vec![0xff]))).unwrap();
    assert!(bench.book.spent.lock().unwrap().is_none(), "but by one who is told to come again");
}

#[test]
fn without_a_ledger_there_is_no_answer() {
    let bench = Bench::new([says("registry", Ok(same()))]).with_answer(Err(()));
    assert!(matches!(bench.check(&claim(None)), Err(Fault::Ledger(_))));
}

#[test]
fn a_policy_that_names_an_unknown_source_is_refused() {
    let policy = Policy::all_from([SourceId::from("nobody")]);
    let made = Checker::new(policy, [], Arc::new(Book::default()), None, Arc::new(NOW));
    assert!(made.is_err_and(|error| error.to_string().contains("`nobody`")));
}

#[test]
fn a_policy_may_send_one_check_elsewhere() {
    let (here, there) = (SourceId::from("here"), SourceId::from("there"));
    let policy = Policy::all_from([here.clone()]).with(Check::Mobile3, [there.clone()]);
    assert_eq!(policy.sources(Check::Resident2), [here]);
    assert_eq!(policy.sources(Check::Mobile3), [there]);
}

/// A checker over scripted sources and a book that answers as told.
struct Bench {
    checker: Checker,
    book: Arc<Book>,
}

impl Bench {
    fn new(sources: impl IntoIterator<Item = Scripted>) -> Self {
        let sources: Vec<Arc<dyn Source>> = sources.into_iter().map(|source| Arc::new(source) as _).collect();
        let policy = Policy::all_from(sources.iter().map(|source| source.id().clone()).collect::<Vec<_>>());
        let book = Arc::new(Book::default());
        let checker = Checker::new(policy, sources, Arc::clone(&book) as _, None, Arc::new(NOW)).unwrap();
        Self { checker, book }
    }

    fn with_faces(mut self, likeness: Likeness) -> Self {
        self.checker.faces = Some(Arc::new(AlwaysFinds(likeness)));
        self
    }

    fn with_answer(self, answer: Result<Committed, ()>) -> Self {
        *self.book.answer.lock().unwrap() = Some(answer);
        self
    }

    fn check(&self, claim: &Claim) -> Result<Decision, Fault> {
        self.spending(claim, Again::Refuse)
    }

    /// The same under a number of the caller's.
    fn check_again(&self, claim: &Claim) -> Result<Decision, Fault> {
        self.spending(claim, Again::RepeatIfSame { content: [3; 16] })
    }

    fn spending(&self, claim: &Claim, again: Again) -> Result<Decision, Fault> {
        let asking = Asking {
            door: "test",
            caller: "AK",
            operation: "personalAuth",
            request_id: "this-one",
            arrived: Instant::now(),
        };
        let spend = Spend { key: [7; 16], until: NOW, again };
        ready(self.checker.check(asking, claim, Some(spend)))
    }

    fn entry(&self) -> Entry {
        self.book.entries.lock().unwrap().last().cloned().unwrap()
    }
}

#[derive(Default)]
struct Book {
    entries: Mutex<Vec<Entry>>,
    answer: Mutex<Option<Result<Committed, ()>>>,
    earlier: Mutex<Option<Committed>>,
    spent: Mutex<Option<Spend>>,
}

impl Ledger for Book {
    fn commit(&self, entry: Entry, spend: Option<Spend>) -> BoxFuture<'_, Result<Committed, LedgerError>> {
        *self.spent.lock().unwrap() = spend;
        self.entries.lock().unwrap().push(entry);
        let answer = self.answer.lock().unwrap().take().unwrap_or(Ok(Committed::New(Seq(1))));
        Box::pin(std::future::ready(answer.map_err(|()| LedgerError("disk full".into()))))
    }

    fn spend(&self, _: Spend) -> BoxFuture<'_, Result<bool, LedgerError>> {
        Box::pin(std::future::ready(Ok(true)))
    }

    fn earlier<'a>(&'a self, _: &'a Spend) -> BoxFuture<'a, Result<Option<Committed>, LedgerError>> {
        Box::pin(std::future::ready(Ok(self.earlier.lock().unwrap().clone())))
    }

    fn tag(&self, texts: &[&[u8]]) -> [u8; 16] {
        [u8::try_from(texts.concat().len()).unwrap(); 16]
    }

    fn subject(&self, _: RecordKey<'_>) -> SubjectTag {
        SubjectTag([0; 16])
    }
}

struct Scripted {
    id: SourceId,
    finding: Result<Finding, ()>,
    /// The first element of every claim that it was asked about.
    seen: Arc<Mutex<Vec<String>>>,
}

impl Source for Scripted {
    fn id(&self) -> &SourceId {
        &self.id
    }

    fn ask<'a>(&'a self, claim: &'a Claim) -> BoxFuture<'a, Result<Finding, SourceDown>> {
        let mut elements = Vec::new();
        claim.for_each_element(|_, text| elements.push(text.to_owned()));
        self.seen.lock().unwrap().extend(elements.into_iter().next());
        let finding = self.finding.clone().map_err(|()| SourceDown("unplugged".into()));
        Box::pin(std::future::ready(finding))
    }
}

struct AlwaysFinds(Likeness);

impl FaceMatcher for AlwaysFinds {
    fn compare<'a>(&'a self, _: &'a [u8], _: &'a [u8]) -> BoxFuture<'a, Likeness> {
        Box::pin(std::future::ready(self.0))
    }
}

fn says(id: &str, finding: Result<Finding, ()>) -> Scripted {
    Scripted { id: id.into(), finding, seen: Arc::default() }
}

fn same() -> Finding {
    Finding::Record { differing: Elements::NONE, portrait: None }
}

fn differs(element: Element) -> Finding {
    Finding::Record { differing: Elements::NONE.with(element), portrait: None }
}

fn claim(portrait: Option<Vec<u8>>) -> Claim {
    Claim::Resident {
        id: ResidentId::parse("110101190001010014", date(2026, 11, 25)).unwrap().value,
        name: PersonName::parse("样例甲").unwrap().value,
        portrait,
    }
}

/// Runs a future that has nothing to wait for.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a scripted future waits for nothing"),
    }
}
