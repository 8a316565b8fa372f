//! Standard output that cannot be written: the same end for every command.

use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    io::Write as _,
    process::{Output, Stdio},
};

use crate::{
    cases::Filed,
    harness::{Ended, Scratch, Server, until, vectors},
};

const NOTHING_WRITTEN: &str = "error: standard output cannot be written";

/// Commands that the table has no line for, and why.
const APART: [&str; 4] = [
    "demo",             // has a test of its own: it does not end by itself
    "models fetch",     // asks the network
    "registry reembed", // wants the networks' weights
    "face compare",     // the same
];

/// Every other command, in an order in which each has something to print.
fn table(scratch: &Scratch, demo: &Server) -> Vec<Vec<String>> {
    let session = |case: &str| {
        let sessions = demo.ready["sessions"].as_array().unwrap();
        let session = sessions.iter().find(|session| session["case"] == case).unwrap();
        let text = |name: &str| session[name].as_str().unwrap().to_owned();
        format!("{} {}", text("app_id"), text("once_token"))
    };
    let filed = Filed::open(scratch);
    let [first, second] = [filed.case(None), filed.case(None)].map(|key| key.number);
    filed.store.close();
    let request = vectors().join("jdcloud/03-go-check2-idcard2.http");
    let (request, vectors) = (request.display(), vectors().join("jdcloud").display().to_string());
    scratch.write("rows.csv", "op,id_number\n");
    scratch.run(&["registry", "import", "rows.csv", "--data", "lost"]).with_code(0);
    fs::remove_file(scratch.path("lost/registry.db")).unwrap();
    scratch.write("secret", "no-secret-of-anybody");
    fs::create_dir(scratch.path("models")).unwrap();
    let waiting = session("verifying");
    [
        "serve --print-config".into(),
        "callers add --label new --access-key FAKENEW --secret-file secret @".into(),
        "callers list @".into(),
        "callers show FAKENEW @".into(),
        "callers rotate FAKENEW @".into(),
        "callers webhook LTAI-DEMO-FAKE-0003 --door aliyun --url https://127.0.0.1/ @".into(),
        "callers disable FAKENEW @".into(),
        "callers enable FAKENEW @".into(),
        "registry init --data lost".into(),
        "registry import rows.csv --quiet @".into(),
        "registry stats @".into(),
        "registry portrait 110101190001010014 --out photo @".into(),
        "registry forget-photos --yes @".into(),
        "check --name 样例甲 --id 110101190001010014 @".into(),
        "inspect --list".into(),
        "inspect id 1".into(),
        "inspect mobile 1 --json".into(),
        format!("explain {request} --secret-file secret"),
        "explain --last @".into(),
        format!("replay {vectors}"),
        format!("replay {vectors} --json"),
        "ledger verify @".into(),
        "ledger export @".into(),
        "ledger export --json @".into(),
        "ledger export --csv @".into(),
        "sessions list @".into(),
        format!("sessions show {waiting} @"),
        format!("sessions approve {waiting} @"),
        format!("sessions reject {} @", session("succeeded")),
        "sessions withdraw 9999000000000001 demo-agreement-waiting @".into(),
        "cases list @".into(),
        format!("cases show {first} @"),
        format!("cases approve {first} --by wang @"),
        format!("cases reject {second} --by wang --reason blurred @"),
        "operators add wang --role admin @".into(),
        "operators list @".into(),
        "operators rotate wang @".into(),
        "operators role wang viewer @".into(),
        "operators disable wang @".into(),
        "operators enable wang @".into(),
        "webhooks list @".into(),
        "webhooks requeue 1 @".into(),
        "keys rotate @".into(),
        "keys new".into(),
        "keys rewrap @".into(),
        "keys inspect secret".into(),
        "models list".into(),
        "models install models --all --into models".into(),
        "doctor @".into(),
        "doctor --json @".into(),
        "cast".into(),
        "cast --json".into(),
        "cast --csv".into(),
        "completions bash".into(),
        "help".into(),
        "callers --help".into(),
        "--version".into(),
    ]
    .iter()
    .map(|line: &String| line.replace('@', "--data data").split(' ').map(str::to_owned).collect())
    .collect()
}

fn run_into(scratch: &Scratch, arguments: &[String], out: impl Into<Stdio>) -> Ended {
    let child = scratch.command().args(arguments).stdout(out).stderr(Stdio::piped()).spawn().unwrap();
    let Output { status, stderr, .. } = child.wait_with_output().unwrap();
    Ended::of(Output { status, stdout: Vec::new(), stderr })
}

fn full() -> File {
    OpenOptions::new().write(true).open("/dev/full").unwrap()
}

/// A pipe whose reader went away.
fn left() -> std::io::PipeWriter {
    std::io::pipe().unwrap().1
}

/// The commands that do something themselves, by the program's own help.
fn commands(scratch: &Scratch, above: &str) -> BTreeSet<String> {
    let mut arguments: Vec<_> = above.split_whitespace().collect();
    arguments.push("--help");
    let help = scratch.run(&arguments).with_code(0).out;
    let Some((_, list)) = help.split_once("\nCommands:\n") else { return [above.to_owned()].into() };
    let list = list.split("\n\n").next().unwrap().lines();
    let names = list.filter_map(|line| line.strip_prefix("  ")).filter(|line| !line.starts_with(' '));
    let names = names.filter_map(|line| line.split(' ').next()).filter(|name| *name != "help");
    names.flat_map(|name| commands(scratch, format!("{above} {name}").trim_start())).collect()
}

#[test]
fn every_command_that_cannot_write_its_answer_says_so_and_ends_with_3() {
    let scratch = Scratch::new();
    let demo = scratch.demo(&[], &[]);
    let table = table(&scratch, &demo);
    let mut wrong = Vec::new();
    for arguments in &table {
        let ended = run_into(&scratch, arguments, full());
        if ended.code != Some(3) || ended.err.matches(NOTHING_WRITTEN).count() != 1 {
            wrong.push(format!("{}: {:?} {}", arguments.join(" "), ended.code, ended.err));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let tried: BTreeSet<_> = table.iter().map(|arguments| arguments.join(" ")).collect();
    for command in commands(&scratch, "") {
        let is_tried = tried.iter().any(|line| *line == command || line.starts_with(&format!("{command} ")));
        assert!(is_tried != APART.contains(&command.as_str()), "{command} is neither tried nor apart, or both");
    }
}

#[test]
fn a_reader_that_went_away_is_no_error() {
    let scratch = Scratch::new();
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    scratch.write("rows.csv", "op,id_number\n");
    scratch.run(&["registry", "import", "rows.csv", "--data", "data"]).with_code(0);
    for (line, code) in [
        ("cast", 0),
        ("--help", 0),
        ("ledger verify --data data", 0),
        ("registry stats --data data", 0),
        ("inspect mobile 1", 1),
    ] {
        let ended = run_into(&scratch, &words(line), left());
        assert_eq!((ended.code, ended.err.as_str()), (Some(code), ""), "{line}");
    }
}

#[test]
fn a_command_without_an_end_of_its_own_ends_when_its_reader_goes_away() {
    let scratch = Scratch::new();
    let mut command = scratch.command();
    command.args(["inspect", "mobile", "-"]).stdin(Stdio::piped()).stdout(left()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut numbers = child.stdin.take().unwrap();
    // Were it to read on, this would not end.
    while numbers.write_all(b"13800000000\n").is_ok() {}
    let ended = Ended::of(child.wait_with_output().unwrap());
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
}

#[test]
fn a_demo_serves_even_where_what_to_paste_cannot_be_written() {
    let scratch = Scratch::new();
    let mut command = scratch.command();
    command.args(["demo", "--listen", "127.0.0.1:0", "--operator", "127.0.0.1:0", "--data", "data"]);
    let child = command.stdout(full()).stderr(Stdio::piped()).spawn().unwrap();
    let child_id = child.id().to_string();
    until("it serves", || scratch.path("data/running.json").exists());
    let door = || fs::read_to_string(scratch.path("data/running.json")).unwrap();
    assert!(door().contains(&child_id), "{}", door());
    assert!(std::process::Command::new("kill").args(["-TERM", &child_id]).status().unwrap().success());
    let ended = Ended::of(child.wait_with_output().unwrap());
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    assert!(ended.err.contains(NOTHING_WRITTEN), "{}", ended.err);
}
