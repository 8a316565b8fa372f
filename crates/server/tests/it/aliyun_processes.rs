//! Two serving processes over one store: what holds within one holds between them, by the version that was looked at.

use std::time::Instant;

use shiming_core::{
    Asking,
    submit::{State, Step},
};

use crate::aliyun_bench::{AliyunBench, KEY, key, run};

fn asking() -> Asking<'static> {
    Asking { door: "aliyun", caller: KEY, operation: "test", request_id: "r", arrived: Instant::now() }
}

#[test]
fn a_step_on_what_another_process_has_changed_meanwhile_is_not_taken() {
    let one = AliyunBench::new();
    let beside = one.beside();
    let id = one.template();
    let seen = run(one.submitter.find(&key(&id))).unwrap().unwrap();
    assert_eq!(beside.submit(&id).said(), "ok");
    // Ending a case is a step that one under review allows: only the version says that this one was another then.
    let taken = run(one.submitter.change_as_seen(asking(), vec![(seen, Step::Close)], None)).unwrap();
    assert_eq!(taken, None);
    assert_eq!((one.status(&id).as_str(), beside.status(&id).as_str()), ("AUDITING", "AUDITING"));
    let seen = run(one.submitter.find(&key(&id))).unwrap().unwrap();
    let taken = run(one.submitter.change_as_seen(asking(), vec![(seen, Step::Close)], None)).unwrap().unwrap();
    assert_eq!(taken[0].state, State::Closed);
}

#[test]
fn changes_of_two_processes_to_one_template_are_both_kept() {
    let one = AliyunBench::new();
    let beside = one.beside();
    let id = one.template();
    let save = |bench: &AliyunBench, field: &str, n: usize| {
        let value = format!("a{n}@example.org");
        bench.call("SaveContactTemplate", &[("ContactTemplateId", &id), (field, &value)]).said()
    };
    for n in 0..25 {
        let said = std::thread::scope(|scope| {
            let threads =
                [(&one, "Email"), (&beside, "EVenu")].map(|(bench, field)| scope.spawn(move || save(bench, field, n)));
            threads.map(|thread| thread.join().unwrap())
        });
        assert_eq!(said, ["ok", "ok"]);
        let seen = one.call("QueryContactTemplate", &[("ContactTemplateId", &id)]).json();
        let item = &seen["ContactTemplates"]["ContactTemplate"][0];
        let value = format!("a{n}@example.org");
        assert_eq!((item["Email"].as_str(), item["EVenu"].as_str()), (Some(&*value), Some(&*value)), "{n}");
    }
}

#[test]
fn of_a_submission_and_a_deletion_in_two_processes_one_happens() {
    let one = AliyunBench::new();
    let beside = one.beside();
    let delete = |id: &str| beside.call("DeleteContactTemplate", &[("ContactTemplateId", id)]).said();
    for _ in 0..12 {
        let id = one.template();
        let (submitted, deleted) = std::thread::scope(|scope| {
            let (submission, deletion) = (scope.spawn(|| one.submit(&id).said()), scope.spawn(|| delete(&id)));
            (submission.join().unwrap(), deletion.join().unwrap())
        });
        let expected = match (submitted.as_str(), deleted.as_str()) {
            ("ok", "150008") => "AUDITING",
            ("ContactTemplateNotExist", "ok") => "-",
            other => panic!("{other:?}"),
        };
        assert_eq!((one.status(&id).as_str(), beside.status(&id).as_str()), (expected, expected));
    }
}

#[test]
fn of_two_submissions_in_two_processes_one_is_under_review_and_the_other_is_told_so() {
    let one = AliyunBench::new();
    let beside = one.beside();
    for _ in 0..8 {
        let id = one.template();
        let mut said = std::thread::scope(|scope| {
            let threads = [&one, &beside].map(|bench| {
                let id = id.as_str();
                scope.spawn(move || bench.submit(id).said())
            });
            threads.map(|thread| thread.join().unwrap())
        });
        said.sort();
        assert_eq!(said, ["ContactTemplateAudited", "ok"]);
    }
}

#[test]
fn an_account_has_no_more_templates_than_it_may_though_two_processes_make_the_last_one_at_once() {
    let one = AliyunBench::new();
    let beside = one.beside();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let saved = |bench: &AliyunBench| bench.signed("SaveContactTemplate", &[("CName", "甲")]);
    runtime.block_on(async {
        for _ in 0..499 {
            assert_eq!(one.answer(&saved(&one)).await.said(), "ok");
        }
    });
    let mut said = std::thread::scope(|scope| {
        let save =
            |bench| scope.spawn(move || AliyunBench::call(bench, "SaveContactTemplate", &[("CName", "乙")]).said());
        let threads = [&one, &beside, &one, &beside].map(save);
        threads.map(|thread| thread.join().unwrap())
    });
    said.sort();
    assert_eq!(
        said,
        ["ContactTemplateUpdateFailed", "ContactTemplateUpdateFailed", "ContactTemplateUpdateFailed", "ok"]
    );
    let total = |bench: &AliyunBench| bench.call("QueryContactTemplate", &[]).json()["TotalItemNum"].as_i64();
    assert_eq!((total(&one), total(&beside)), (Some(500), Some(500)));
}
