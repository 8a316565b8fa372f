//! `registry import`: what is refused, what a kill leaves, how much memory it takes.

use std::{
    fmt::Write as _,
    fs::File,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use shiming_identity::check;

use crate::harness::{Ended, Scratch, until};

/// A made-up person's row: a number valid by check digit, a name, a mobile number.
pub(crate) fn person(number: usize) -> (String, String, String) {
    const CHARACTERS: [char; 10] = ['甲', '乙', '丙', '丁', '戊', '己', '庚', '辛', '壬', '癸'];
    let (day, month, year) = (1 + number % 28, 1 + number / 28 % 12, 1900 + number / 336 % 20);
    let body = format!("110101{year}{month:02}{day:02}{:03}", 1 + number / 6720 % 998);
    let check = check::resident_id(&body).unwrap();
    let name = format!("样例{}{}", CHARACTERS[number % 10], CHARACTERS[number / 10 % 10]);
    (format!("{body}{check}"), name, format!("1380{:07}", number % 10_000_000))
}

/// A file with so many people; every 997th row has a wrong check digit, every 101st takes somebody out.
fn people(count: usize) -> String {
    let mut text = String::from("op,id_number,name,mobile\r\n");
    for number in 0..count {
        let (mut id, name, mobile) = person(number);
        if number % 997 == 996 {
            id.replace_range(17.., if id.ends_with('0') { "1" } else { "0" });
        }
        let op = if number % 101 == 100 { "delete" } else { "" };
        writeln!(text, "{op},{id},{name},{mobile}\r").unwrap();
    }
    text
}

type Record = (Vec<u8>, i64, i64, Vec<u8>);

fn open(data: &Path) -> Connection {
    Connection::open_with_flags(data.join("registry.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

fn records(data: &Path) -> Vec<Record> {
    let connection = open(data);
    let mut select = connection.prepare("SELECT key, kind, recipe, tags FROM record ORDER BY key").unwrap();
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

/// How many lines an import has made durable.
pub(crate) fn lines_done(data: &Path) -> u64 {
    open(data)
        .query_row("SELECT coalesce(max(line), 0) FROM import", [], |row| row.get::<_, i64>(0))
        .unwrap_or(0)
        .try_into()
        .unwrap()
}

/// A store with nothing in it, copied to another directory: the same keys, so that equal records are equal bytes.
fn twins(scratch: &Scratch) {
    scratch.write("empty.csv", "op,id_number\n");
    scratch.run(&["registry", "import", "empty.csv", "--data", "one"]).with_code(0);
    std::fs::create_dir(scratch.path("two")).unwrap();
    for entry in std::fs::read_dir(scratch.path("one")).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), scratch.path("two").join(entry.file_name())).unwrap();
    }
}

#[test]
fn an_import_that_is_killed_again_and_again_ends_with_the_same_content() {
    let scratch = Scratch::new();
    twins(&scratch);
    let count = 40_000;
    scratch.write("people.csv", people(count));
    let whole = scratch
        .run(&["registry", "import", "people.csv", "--data", "one", "--rejects", "one.rejects", "--json"])
        .with_code(1);

    let mut kills = 0;
    for part in 1..=4 {
        let begin = ["registry", "import", "people.csv", "--data", "two", "--rejects", "two.rejects", "--quiet"];
        let mut child = scratch.command().args(begin).stdout(Stdio::null()).spawn().unwrap();
        let mut over = false;
        until("the import comes further", || {
            over = child.try_wait().unwrap().is_some();
            over || lines_done(&scratch.path("two")) >= (count * part / 5) as u64
        });
        child.kill().unwrap();
        child.wait().unwrap();
        kills += u32::from(!over);
    }
    assert!(kills >= 2, "the import was over before it could be killed: {kills}");
    let resumed = scratch
        .run(&["registry", "import", "people.csv", "--data", "two", "--rejects", "two.rejects", "--json"])
        .with_code(1);

    let (whole, resumed) = (whole.json(), resumed.json());
    assert!(resumed["resumed_after_line"].as_u64().unwrap() > 0);
    for member in ["rows", "accepted", "deleted", "rejected"] {
        assert_eq!(resumed[member], whole[member], "{member}");
    }
    assert!(records(&scratch.path("one")) == records(&scratch.path("two")), "the records differ");
    let rejects = |name: &str| std::fs::read_to_string(scratch.path(name)).unwrap();
    assert_eq!(rejects("two.rejects"), rejects("one.rejects"));
    assert_eq!(rejects("one.rejects").lines().count() as u64, 1 + whole["rejected"].as_u64().unwrap());
}

#[test]
fn an_import_that_is_stopped_ends_after_the_rows_in_hand_and_goes_on_from_there() {
    let scratch = Scratch::new();
    let count = 40_000;
    scratch.write("people.csv", people(count));
    let import = ["registry", "import", "people.csv", "--data", "data", "--rejects", "rejects"];
    for signal in ["INT", "TERM"] {
        let from = if scratch.path("data/registry.db").exists() { lines_done(&scratch.path("data")) } else { 0 };
        let mut begun = scratch.command();
        let child = begun.args(import).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        until("the import comes further", || {
            scratch.path("data/registry.db").exists() && lines_done(&scratch.path("data")) > from
        });
        send_signal(signal, child.id());
        let ended = Ended::of(child.wait_with_output().unwrap()).with_code(130);
        assert!(
            ended.err.starts_with("stopping after the rows in hand; a second signal stops at once\n"),
            "{}",
            ended.err
        );
        let line = lines_done(&scratch.path("data"));
        assert!(line > from && line < count as u64, "{line}");
        let told = format!("stopped after line {}\n  try: the same command", thousands(line));
        assert!(ended.err.contains(&told), "{told}: {}", ended.err);
    }
    let ended = scratch.run(&import).with_code(1);
    assert!(ended.out.contains("went on after line"), "{}", ended.out);
    assert!(ended.out.starts_with("40 000 rows: "), "{}", ended.out);
}

#[test]
fn standard_input_that_is_stopped_has_to_be_given_again() {
    let scratch = Scratch::new();
    let mut import = scratch.command();
    import.args(["registry", "import", "-", "--format", "csv", "--data", "data", "--json"]).stdin(Stdio::piped());
    let mut child = import.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut rows = child.stdin.take().unwrap();
    rows.write_all(people(100).as_bytes()).unwrap();
    until("the import has begun", || scratch.path("data/registry.db").exists() && begun(&scratch.path("data")));
    send_signal("INT", child.id());
    let mut told = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    told.read_line(&mut line).unwrap();
    assert!(line.starts_with("stopping"), "{line}");
    drop(rows);
    told.read_to_string(&mut line).unwrap();
    let ended = Ended::of(child.wait_with_output().unwrap()).with_code(130);
    assert_eq!(ended.json()["stopped"], true);
    assert!(line.contains("all of it again"), "{line}");
}

fn begun(data: &Path) -> bool {
    open(data).query_row("SELECT count(*) > 0 FROM import", [], |row| row.get(0)).unwrap_or(false)
}

fn send_signal(name: &str, pid: u32) {
    let sent = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status().unwrap();
    assert!(sent.success());
}

/// As the program writes a number.
fn thousands(number: u64) -> String {
    if number < 1000 { number.to_string() } else { format!("{} {:03}", number / 1000, number % 1000) }
}

#[test]
fn rejects_may_go_to_a_device_or_a_pipe() {
    let scratch = Scratch::new();
    scratch.write("rows.csv", "name,id_number\n,\n");
    let import =
        |rejects: &str| scratch.run(&["registry", "import", "rows.csv", "--data", "data", "--rejects", rejects]);
    import("/dev/null").with_code(1);
    let told = import("/dev/stderr").with_code(1).err;
    assert!(told.starts_with("line,field,code,reason\n2,,NO_NUMBER,"), "{told}");
    if Path::new("/dev/full").exists() {
        let full = import("/dev/full").with_code(3).err;
        assert!(full.starts_with("error: /dev/full cannot be written: No space left"), "{full}");
    }
}

#[test]
fn the_same_file_again_changes_nothing_and_restart_begins_anew() {
    let scratch = Scratch::new();
    scratch.write("people.csv", people(500));
    scratch.run(&["registry", "import", "people.csv", "--data", "data"]).with_code(0);
    let before = records(&scratch.path("data"));
    for more in [&[][..], &["--restart"]] {
        let arguments = [&["registry", "import", "people.csv", "--data", "data", "--json"], more].concat();
        let again = scratch.run(&arguments).with_code(0).json();
        assert_eq!(again["resumed_after_line"], Value::Null);
        assert_eq!(again["rows"], 500);
    }
    assert!(before == records(&scratch.path("data")));
}

#[test]
fn both_forms_and_both_encodings_give_the_same_records() {
    let scratch = Scratch::new();
    twins(&scratch);
    let (mut csv, mut ndjson) = (String::from("姓名,手机号,身份证号\n"), String::new());
    for number in 0..50 {
        let (id, name, mobile) = person(number);
        writeln!(csv, "\"{name}\",{mobile},{id}").unwrap();
        writeln!(ndjson, r#"{{"name":"{name}","id_number":"{id}","mobile":{mobile}}}"#).unwrap();
    }
    scratch.write("people.csv", shiming_identity::encode_gb18030(&csv).unwrap());
    scratch.run(&["registry", "import", "people.csv", "--encoding", "gb18030", "--data", "one"]).with_code(0);
    let marked = [b"\xEF\xBB\xBF".as_slice(), ndjson.as_bytes()].concat();
    scratch.run_with(&["registry", "import", "-", "--format", "ndjson", "--data", "two"], &marked).with_code(0);
    assert_eq!(records(&scratch.path("one")).len(), 100);
    assert!(records(&scratch.path("one")) == records(&scratch.path("two")));
}

#[test]
fn a_refused_row_is_told_by_line_field_and_code_and_never_by_value() {
    let scratch = Scratch::new();
    let (id, name, mobile) = person(7);
    let rows = [
        "op,kind,id_number,name,mobile,bankcard".to_owned(),
        format!(",,{id},{name},{mobile},"),
        format!(",,{}0,{name},,", &id[..17].replace("1101011900", "1101011901")),
        format!(",,{id},,,"),
        format!("insert,,{id},{name},,"),
        format!(",,{id},{name},,{}", "6".repeat(600_000)),
        format!(",,{id},{name},,,,,"),
        format!(",,{id},\"{name},,"),
        format!(",,{id},{name},12,"),
    ];
    scratch.write("people.csv", rows.join("\n"));
    let ended =
        scratch.run(&["registry", "import", "people.csv", "--data", "data", "--rejects", "rejects.csv"]).with_code(1);
    let rejects = std::fs::read_to_string(scratch.path("rejects.csv")).unwrap();
    let told: Vec<_> =
        rejects.lines().skip(1).map(|line| line.splitn(4, ',').take(3).collect::<Vec<_>>().join(",")).collect();
    assert_eq!(
        told,
        [
            "3,id_number,CHECK",
            "4,name,MISSING",
            "5,op,UNKNOWN_WORD",
            "6,,TOO_LONG",
            "7,,COLUMNS",
            "8,,OPEN_QUOTE",
            "9,mobile,LENGTH"
        ]
    );
    for value in [&id, &name, &mobile] {
        assert!(
            !rejects.contains(value.as_str())
                && !ended.out.contains(value.as_str())
                && !ended.err.contains(value.as_str())
        );
    }
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(scratch.path("rejects.csv")).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    scratch
        .run(&[
            "registry",
            "import",
            "people.csv",
            "--data",
            "data",
            "--rejects",
            "rejects.csv",
            "--rejects-with-values",
        ])
        .with_code(1);
    assert!(std::fs::read_to_string(scratch.path("rejects.csv")).unwrap().contains(&id));
}

#[test]
fn a_deletion_takes_out_what_its_numbers_stand_for() {
    let scratch = Scratch::new();
    let (id, name, mobile) = person(1);
    let import = |text: String| {
        scratch.write("rows.csv", format!("op,kind,id_number,name,mobile\n{text}\n"));
        scratch.run(&["registry", "import", "rows.csv", "--data", "data"]).with_code(0);
        let stats = scratch.run(&["registry", "stats", "--json", "--data", "data"]).json();
        (stats["records"]["resident"].as_u64().unwrap(), stats["records"]["mobile"].as_u64().unwrap())
    };
    assert_eq!(import(format!(",,{id},{name},{mobile}")), (1, 1));
    assert_eq!(import(format!("delete,mobile,{id},,{mobile}")), (1, 0));
    assert_eq!(import(format!("delete,,{id},,")), (0, 0));
}

#[test]
fn what_is_no_text_is_told_before_anything_is_read() {
    let scratch = Scratch::new();
    for (bytes, said) in [
        (&b"\xFF\xFEa\0"[..], "UTF-16"),
        (b"PK\x03\x04....", "workbook"),
        (b"\x1F\x8B\x08\x00", "compressed"),
        (b"", "empty"),
        (b"name,nmae\n", "unknown column `nmae`"),
        (b"\xd0\xd5\xc3\xfb,x\n", "is it --encoding gb18030?"),
    ] {
        scratch.write("file.csv", bytes);
        let ended = scratch.run(&["registry", "import", "file.csv", "--data", "data"]).with_code(2);
        assert!(ended.err.contains(said), "{}", ended.err);
    }
}

/// The most memory that a run took, in KiB, read while it lives.
fn peak(scratch: &Scratch, file: &str) -> u64 {
    let mut child = scratch
        .command()
        .args(["registry", "import", file, "--data", file.trim_end_matches(".csv"), "--quiet"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        peak = peak.max(line.trim().trim_end_matches(" kB").parse().unwrap_or(0));
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    peak
}

#[test]
#[cfg(target_os = "linux")]
fn ten_times_the_rows_take_no_more_memory_than_the_caches_allow() {
    let scratch = Scratch::new();
    let (few, many) = (10_000, 100_000);
    scratch.write("few.csv", people(few));
    scratch.write("many.csv", people(many));
    let (base, more) = (peak(&scratch, "few.csv"), peak(&scratch, "many.csv"));
    assert!(more < base + 64 * 1024, "{few} rows took {base} KiB, {many} took {more} KiB");
}

/// As above, with a million rows: `cargo test -p shiming --release -- --ignored a_million_rows --nocapture`.
#[test]
#[ignore = "half a minute with optimisation"]
#[cfg(target_os = "linux")]
#[expect(clippy::print_stderr, reason = "the figures are what it is run for")]
fn a_million_rows_take_flat_memory() {
    let scratch = Scratch::new();
    scratch.write("few.csv", people(10_000));
    scratch.write("many.csv", people(1_000_000));
    let base = peak(&scratch, "few.csv");
    let began = std::time::Instant::now();
    let more = peak(&scratch, "many.csv");
    eprintln!("10 000 rows: {base} KiB; 1 000 000 rows: {more} KiB, {:?}", began.elapsed());
    assert!(more < base + 64 * 1024);
}

#[test]
fn a_source_is_never_written_over_by_its_rejects() {
    let scratch = Scratch::new();
    let source = scratch.write("people.csv", people(3));
    std::fs::hard_link(&source, scratch.path("again.csv")).unwrap();
    std::os::unix::fs::symlink(&source, scratch.path("link.csv")).unwrap();
    let import = |source: &str, rejects: &str| {
        let arguments = ["registry", "import", source, "--format", "csv", "--data", "data", "--rejects", rejects];
        let mut command = scratch.command();
        command.args(arguments).stdin(File::open(scratch.path("people.csv")).unwrap());
        Ended::of(command.output().unwrap())
    };
    for (source, rejects) in [("people.csv", "./people.csv"), ("link.csv", "again.csv"), ("-", "people.csv")] {
        let ended = import(source, rejects).with_code(2);
        assert!(ended.err.contains("would be written over"), "{}", ended.err);
    }
    assert_eq!(std::fs::read_to_string(&source).unwrap(), people(3));
    import("people.csv", "rejects.csv").with_code(0);
}

#[test]
fn a_first_line_that_is_too_long_is_told_as_that() {
    let scratch = Scratch::new();
    scratch.write("wide.csv", format!("{}\n", "x_,".repeat(200_000)));
    let ended = scratch.run(&["registry", "import", "wide.csv", "--data", "data"]).with_code(2);
    assert!(ended.err.contains("longer than 512 KiB"), "{}", ended.err);
}
