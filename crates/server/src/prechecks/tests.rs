//! The checks over a real store, with a door whose dossiers are lines of a form.

use std::sync::atomic::{AtomicI64, Ordering};

use shiming_core::{
    Change, FaceMatcher, Policy, Record, Ruling, Source, SourceId,
    submit::{Content, Dossier, Field, Means, Media, Opening, Paper, Revision},
};
use shiming_identity::{CompanyName, CompanyNumber, PersonName, ResidentId};
use shiming_store::{Filter, MasterKeys, Options, Store};

use super::{
    picture::tests::{a_jpeg, a_png},
    *,
};
use crate::rehearsal::{Act, Rehearsal};

/// 2026-11-26 in China.
const NOW: i64 = 1_795_660_000_000;
const COMPANY: &str = "样例（北京）有限公司";
const CODE: &str = "91110000600037341L";
const LEGAL: &str = "测试·样例";
const NAME: &str = "样例甲";
const ID: &str = "110101199001010015";
const DOWN_ID: &str = "110101199001010023";

struct Turned(AtomicI64);

impl Clock for Turned {
    fn now(&self) -> UnixTime {
        UnixTime(self.0.load(Ordering::Relaxed))
    }
}

/// A dossier of this door is `name|meaning|value` in lines.
struct Lines;

impl Forms for Lines {
    fn door(&self) -> &'static str {
        "lines"
    }

    fn form(&self, _: &CaseKey, dossier: &Dossier) -> Option<Form> {
        let text = std::str::from_utf8(&dossier.0).ok()?;
        let fields = text.lines().map(|line| {
            let [name, means, value] = line.split('|').collect::<Vec<_>>().try_into().ok()?;
            Some(Field::new(name, meaning(means)?, value))
        });
        let fields: Vec<_> = fields.collect::<Option<_>>()?;
        let odd = fields.iter().filter(|field| field.value == "odd");
        let doubts = odd.map(|field| (field.name.clone(), "odd")).collect();
        Some(Form { fields, doubts })
    }
}

fn meaning(word: &str) -> Option<Means> {
    let all = [
        Means::Organisation,
        Means::OrganisationNumber,
        Means::LegalPerson,
        Means::LegalPersonNumber,
        Means::Person,
        Means::PersonNumber,
        Means::Mobile,
        Means::ValidFrom,
        Means::ValidUntil,
        Means::Other,
    ];
    all.into_iter().find(|means| means.word() == word)
}

struct Bed {
    dir: tempfile::TempDir,
    keys: MasterKeys,
    store: Arc<Store>,
    clock: Arc<Turned>,
}

fn options(clock: &Arc<Turned>) -> Options {
    let random = Arc::new(|bytes: &mut [u8]| aws_lc_rs::rand::fill(bytes).map_err(std::io::Error::other));
    Options::new(Arc::clone(clock) as _, random)
}

impl Bed {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(Turned(AtomicI64::new(NOW)));
        let keys = MasterKeys::from_text("test AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
        let store = Store::create(&dir.path().join("data"), &keys, options(&clock)).unwrap();
        let person = |name| PersonName::parse(name).unwrap().value;
        let id = ResidentId::parse(ID, clock.now().china_date()).unwrap().value;
        let company = Record::Company {
            number: CompanyNumber::parse(CODE).unwrap().value,
            name: CompanyName::parse(COMPANY).unwrap().value,
            legal_name: Some(person(LEGAL)),
            legal_id: None,
        };
        let records = [company, Record::Resident { id, name: person(NAME) }].map(Change::Upsert);
        store.put_records(&records).unwrap();
        Self { dir, keys, store: Arc::new(store), clock }
    }

    fn restart(self) -> Self {
        let Self { dir, keys, store, clock } = self;
        drop(Arc::into_inner(store).unwrap());
        let store = Arc::new(Store::open(&dir.path().join("data"), &keys, options(&clock)).unwrap());
        Self { dir, keys, store, clock }
    }

    fn verb(&self) -> Arc<Submitter> {
        let (store, clock) = (&self.store, Arc::clone(&self.clock));
        Arc::new(Submitter::new(store.cases(), store.papers(), store.ledger(), clock))
    }

    fn checks(&self, settings: Settings) -> Prechecks {
        let rehearsal = Rehearsal::new([(DOWN_ID.to_owned(), Act::Down)]);
        let policy = Policy::all_from([SourceId::from("rehearsal"), SourceId::from("registry")]);
        let sources: [Arc<dyn Source>; 2] = [Arc::new(rehearsal), self.store.registry()];
        let (clock, faces) = (Arc::clone(&self.clock) as Arc<dyn Clock>, None::<Arc<dyn FaceMatcher>>);
        let checker = Checker::new(policy, sources, self.store.ledger(), faces, Arc::clone(&clock)).unwrap();
        Prechecks::new(
            settings,
            Tools {
                submitter: self.verb(),
                checker: Arc::new(checker),
                forms: vec![Arc::new(Lines)],
                clock,
                random: Arc::new(crate::random::SystemRandom),
            },
        )
    }

    async fn look(&self) -> usize {
        self.checks(Settings::default()).turn().await.unwrap()
    }

    async fn hand_in(&self, caller: &'static str, form: &str, papers: Vec<Paper>) -> CaseKey {
        let dossier = Some(Dossier(form.as_bytes().to_vec()));
        let content = Content { dossier, papers, ..Content::default() };
        let opening = Opening { kind: "template".into(), content, submit: true, ..Opening::default() };
        self.verb().create(asking_of(caller), opening, None).await.unwrap().case.key
    }

    /// The remarks of the latest round on a topic.
    async fn remarks(&self, key: &CaseKey, topic: Topic) -> Vec<(String, Judgement, String)> {
        let all = self.store.cases();
        let all = shiming_core::Cases::remarks(&*all, key).await.unwrap();
        let latest = all.into_iter().next_back().map(|remarked| remarked.remarks).unwrap_or_default();
        let of_topic = latest.into_iter().filter(|remark| remark.topic == topic);
        of_topic.map(|remark| (remark.field, remark.judgement, remark.why)).collect()
    }

    async fn state(&self, key: &CaseKey) -> State {
        self.verb().find(key).await.unwrap().unwrap().state
    }

    fn precheck_entries(&self) -> usize {
        let mut found = 0;
        let each = |exported: shiming_store::ExportedEntry| {
            let entry = exported.entry;
            found += usize::from(matches!(entry.ruling, Ruling::Checked { .. }) && entry.operation == "precheck");
            true
        };
        self.store.ledger().export(&Filter::default(), each).unwrap();
        found
    }
}

fn asking_of(caller: &str) -> Asking<'_> {
    Asking { door: "lines", caller, operation: "Apply", request_id: "r", arrived: Instant::now() }
}

fn paper(role: &str, bytes: Vec<u8>) -> Paper {
    let media = if bytes.starts_with(b"\x89") { Media::Png } else { Media::Jpeg };
    Paper { role: role.into(), media, bytes }
}

fn good_form() -> String {
    format!(
        "company|organisation|{COMPANY}\ncode|organisation_number|{CODE}\nlegal|legal_person|{LEGAL}\n\
         until|valid_until|2099-12-31\noperator|person|{NAME}\ncard|person_number|{ID}\nmobile|mobile|13800000000"
    )
}

fn one(field: &str, judgement: Judgement, why: &str) -> Vec<(String, Judgement, String)> {
    vec![(field.to_owned(), judgement, why.to_owned())]
}

#[tokio::test]
async fn a_good_case_is_clear_and_names_no_value() {
    let bed = Bed::new();
    let key = bed.hand_in("app", &good_form(), vec![paper("licence", a_jpeg()), paper("letter", a_png(0))]).await;
    assert_eq!(bed.look().await, 1);
    let all = shiming_core::Cases::remarks(&*bed.store.cases(), &key).await.unwrap();
    assert!(all.len() == 1 && all[0].is_clear(), "{all:?}");
    let topics: Vec<Topic> = all[0].remarks.iter().map(|remark| remark.topic).collect();
    for topic in [Topic::Number, Topic::Mobile, Topic::Company, Topic::Person, Topic::Validity, Topic::Image] {
        assert!(topics.contains(&topic), "{topic:?}");
    }
    let printed = format!("{all:?}");
    assert!(![COMPANY, CODE, LEGAL, NAME, ID, "13800000000"].iter().any(|value| printed.contains(value)), "{printed}");
    assert_eq!(bed.precheck_entries(), 2, "the company's look-up and the person's");
    assert_eq!((bed.look().await, bed.state(&key).await), (0, State::UnderReview), "once, and nothing is decided");
}

#[tokio::test]
async fn numbers_are_checked_by_their_check_characters() {
    let bed = Bed::new();
    let form = "code|organisation_number|911100006000373410\ncard|person_number|110101190001010015\n\
                phone|mobile|1380000000\nfree|other|110101190001010015";
    let key = bed.hand_in("app", form, Vec::new()).await;
    bed.look().await;
    let numbers = bed.remarks(&key, Topic::Number).await;
    assert_eq!(numbers, [one("code", Judgement::Bad, "CHECK"), one("card", Judgement::Bad, "CHECK")].concat());
    assert_eq!(bed.remarks(&key, Topic::Mobile).await, one("phone", Judgement::Bad, "LENGTH"));
}

#[tokio::test]
async fn companies_and_people_are_looked_up() {
    for (form, topic, expected) in [
        (
            good_form().replace(LEGAL, "样例乙"),
            Topic::Company,
            ("code", Judgement::Bad, "another legal person on record"),
        ),
        (
            good_form().replace("样例（北京）", "样例（上海）"),
            Topic::Company,
            ("code", Judgement::Bad, "another name on record"),
        ),
        (good_form().replace(CODE, "91350100M000100Y43"), Topic::Company, ("code", Judgement::Doubt, "no record")),
        (good_form().replace(NAME, "样例乙"), Topic::Person, ("card", Judgement::Bad, "another name on record")),
        (good_form().replace(ID, "110101199001010031"), Topic::Person, ("card", Judgement::Doubt, "no record")),
    ] {
        let bed = Bed::new();
        let key = bed.hand_in("app", &form, Vec::new()).await;
        bed.look().await;
        let (field, judgement, why) = expected;
        assert_eq!(bed.remarks(&key, topic).await, one(field, judgement, why));
    }
}

#[tokio::test]
async fn a_source_that_is_down_is_asked_again_and_then_it_is_said() {
    let bed = Bed::new();
    let key = bed.hand_in("app", &format!("operator|person|{NAME}\ncard|person_number|{DOWN_ID}"), Vec::new()).await;
    let other = bed.hand_in("app", "free|other|x\nphone|mobile|13800000000", Vec::new()).await;
    let checks = bed.checks(Settings::default());
    assert_eq!(checks.turn().await.unwrap(), 1, "the other case is not held up");
    assert_eq!(bed.remarks(&other, Topic::Mobile).await.len(), 1);
    assert_eq!((checks.turn().await.unwrap(), bed.precheck_entries()), (0, 1), "not asked again at once");
    bed.clock.0.fetch_add(RETRY_MILLIS, Ordering::Relaxed);
    assert_eq!((checks.turn().await.unwrap(), bed.precheck_entries()), (0, 2));
    bed.clock.0.fetch_add(PATIENCE_MILLIS, Ordering::Relaxed);
    assert_eq!(checks.turn().await.unwrap(), 1);
    assert_eq!(bed.remarks(&key, Topic::Person).await, one("card", Judgement::Doubt, "source_down"));
}

#[tokio::test]
async fn days_are_compared_with_today() {
    use Judgement::{Bad, Clear, Doubt};
    let bed = Bed::new();
    let form = "a|valid_until|2026-11-25\nb|valid_until|2026-12-01\nc|valid_until|长期\nd|valid_from|2026-11-27";
    let key = bed.hand_in("app", form, Vec::new()).await;
    bed.look().await;
    let found = bed.remarks(&key, Topic::Validity).await;
    let judgements: Vec<_> = found.iter().map(|(field, judgement, _)| (field.as_str(), *judgement)).collect();
    assert_eq!(judgements, [("a", Bad), ("b", Doubt), ("c", Clear), ("d", Bad)]);
}

#[tokio::test]
async fn pictures_are_decoded_and_twins_within_a_case_are_noticed() {
    let bed = Bed::new();
    let mut cut = a_png(0);
    cut.truncate(cut.len() / 2);
    let papers = vec![paper("front", a_jpeg()), paper("back", a_jpeg()), paper("licence", cut)];
    let key = bed.hand_in("app", &good_form(), papers).await;
    bed.look().await;
    let images = bed.remarks(&key, Topic::Image).await;
    assert_eq!(
        images.iter().map(|(_, judgement, _)| *judgement).collect::<Vec<_>>(),
        [Judgement::Clear, Judgement::Clear, Judgement::Bad]
    );
    let twice = bed.remarks(&key, Topic::PaperTwice).await;
    assert_eq!(twice, one("back", Judgement::Doubt, "the same picture as an earlier one"));
}

#[tokio::test]
async fn a_paper_under_another_name_or_of_another_caller_is_noticed() {
    let bed = Bed::new();
    let own = bed.hand_in("app", &good_form(), vec![paper("licence", a_png(1))]).await;
    let again = bed.hand_in("app", &good_form(), vec![paper("licence", a_png(1))]).await;
    bed.look().await;
    for key in [own, again] {
        assert_eq!(bed.remarks(&key, Topic::PaperElsewhere).await[0].1, Judgement::Clear, "one name, one caller");
    }
    let stranger = bed.hand_in("stranger", &good_form(), vec![paper("licence", a_png(1))]).await;
    bed.look().await;
    let found = bed.remarks(&stranger, Topic::PaperElsewhere).await;
    assert_eq!(found, one("licence", Judgement::Doubt, "in a case of another caller"));
    let form = good_form().replace("样例（北京）", "样例（上海）");
    let named = bed.hand_in("app", &form, vec![paper("licence", a_png(1)), paper("letter", a_png(2))]).await;
    bed.look().await;
    let found = bed.remarks(&named, Topic::PaperElsewhere).await;
    assert_eq!(found[0], ("licence".into(), Judgement::Doubt, "in a case of another name".into()));
    assert_eq!(found[1].1, Judgement::Clear);
}

#[tokio::test]
async fn a_revision_may_keep_the_papers_of_its_case() {
    let bed = Bed::new();
    let checks = bed.checks(Settings { automatic: Automatic::ApproveClear, review: Review::One });
    let key = bed.hand_in("app", &good_form(), vec![paper("licence", a_png(1))]).await;
    checks.turn().await.unwrap();
    assert_eq!(bed.state(&key).await, State::Approved);
    let dossier = Some(Dossier(good_form().replace(COMPANY, "改名（北京）有限公司").into_bytes()));
    let content = Content { dossier, ..Content::default() };
    let revision = Revision { requests: Vec::new(), content, keep: vec!["licence".into()] };
    let opened = bed.verb().revise(asking_of("app"), &key, revision, None).await.unwrap().case.key;
    checks.turn().await.unwrap();
    assert_eq!(bed.remarks(&opened, Topic::PaperElsewhere).await[0].1, Judgement::Clear);
    assert_eq!(bed.state(&opened).await, State::UnderReview, "its name is on no record");
}

#[tokio::test]
async fn what_no_door_reads_is_in_doubt() {
    let bed = Bed::new();
    let key = bed.hand_in("app", "not a line of ours", vec![paper("licence", a_jpeg())]).await;
    bed.look().await;
    assert_eq!(bed.remarks(&key, Topic::Form).await, one("", Judgement::Doubt, "the form cannot be read here"));
    assert_eq!(bed.remarks(&key, Topic::Image).await[0].1, Judgement::Clear);
}

#[tokio::test]
async fn a_case_handed_in_before_a_stop_is_looked_at_after_it_and_each_round_anew() {
    let bed = Bed::new();
    let key = bed.hand_in("app", &good_form(), Vec::new()).await;
    let bed = bed.restart();
    assert_eq!(bed.look().await, 1);
    let bed = bed.restart();
    assert_eq!(bed.look().await, 0);
    let decision = Decision { outcome: Outcome::Reject, reason: "blurred".into(), by: "wang".into() };
    bed.verb().decide(asking_of("app"), &key, decision, Review::One).await.unwrap();
    bed.verb().submit(asking_of("app"), &key, Content::default(), None).await.unwrap();
    assert_eq!(bed.look().await, 1);
    let rounds = shiming_core::Cases::remarks(&*bed.store.cases(), &key).await.unwrap();
    assert_eq!(rounds.iter().map(|remarked| remarked.round).collect::<Vec<_>>(), [1, 2]);
}

#[tokio::test]
async fn policy_approves_what_is_clear_and_nothing_else() {
    let bed = Bed::new();
    let approving = |review| bed.checks(Settings { automatic: Automatic::ApproveClear, review });
    let clear = bed.hand_in("app", &good_form(), vec![paper("licence", a_jpeg())]).await;
    let doubtful = bed.hand_in("app", &good_form().replace("2099-12-31", "2026-12-01"), Vec::new()).await;
    let empty = bed.hand_in("app", "free|other|x", Vec::new()).await;
    let nobody = bed.hand_in("app", "phone|mobile|13800000000", vec![paper("licence", a_png(9))]).await;
    let odd = bed.hand_in("app", &format!("{}\nfree|other|odd", good_form()), Vec::new()).await;
    assert_eq!(approving(Review::Two).turn().await.unwrap(), 5);
    assert_eq!(bed.remarks(&odd, Topic::Form).await, one("free", Judgement::Doubt, "odd"), "the door's own doubt");
    approving(Review::Two).catch_up().await.unwrap();
    bed.checks(Settings::default()).catch_up().await.unwrap();
    assert_eq!(bed.state(&clear).await, State::UnderReview, "two approvals are two people's");
    approving(Review::One).catch_up().await.unwrap();
    assert_eq!(bed.state(&clear).await, State::Approved, "remarked on and not decided before a stop");
    for other in [doubtful, empty, nobody, odd] {
        assert_eq!(bed.state(&other).await, State::UnderReview, "somebody has to be looked up, and found");
    }
    let decided = shiming_core::Cases::decisions(&*bed.store.cases(), &clear).await.unwrap();
    assert_eq!((decided.len(), decided[0].decision.by.as_str()), (1, POLICY));
    let other = bed.hand_in("app", &good_form(), Vec::new()).await;
    approving(Review::One).turn().await.unwrap();
    assert_eq!(bed.state(&other).await, State::Approved);
}

#[tokio::test]
async fn cases_are_looked_at_without_being_asked_for() {
    let bed = Bed::new();
    let before = bed.hand_in("app", &good_form(), Vec::new()).await;
    bed.look().await;
    let new = bed.hand_in("app", &good_form(), vec![paper("licence", a_jpeg())]).await;
    let checks = bed.checks(Settings { automatic: Automatic::ApproveClear, review: Review::One });
    let running = tokio::spawn(checks.run());
    for key in [before, new] {
        while bed.state(&key).await != State::Approved {
            tokio::task::yield_now().await;
        }
    }
    running.abort();
}

#[tokio::test]
async fn a_case_that_has_moved_on_is_not_decided_as_it_was_seen() {
    let bed = Bed::new();
    let key = bed.hand_in("app", &good_form(), Vec::new()).await;
    let seen = bed.verb().find(&key).await.unwrap().unwrap();
    let decision = |outcome| Decision { outcome, reason: String::new(), by: "wang".into() };
    bed.verb().decide(asking_of("app"), &key, decision(Outcome::Reject), Review::One).await.unwrap();
    bed.verb().submit(asking_of("app"), &key, Content::default(), None).await.unwrap();
    let verb = bed.verb();
    let late = verb.decide_as_seen(asking_of("app"), &seen, decision(Outcome::Approve), Review::One).await.unwrap();
    assert_eq!((late, bed.state(&key).await), (None, State::UnderReview), "the second round was not looked at");
}

#[tokio::test]
async fn handing_in_waits_for_no_check() {
    let bed = Bed::new();
    let key = bed.hand_in("app", &good_form(), vec![paper("licence", a_jpeg())]).await;
    assert_eq!(bed.state(&key).await, State::UnderReview);
    assert_eq!(shiming_core::Cases::remarks(&*bed.store.cases(), &key).await.unwrap(), []);
    assert_eq!(bed.precheck_entries(), 0, "nobody was looked up in the call");
}
