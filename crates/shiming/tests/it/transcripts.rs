//! Transcripts: a command, and exactly what it prints.
//!
//! A file holds commands, each on a line that begins with `$ `, and under each what comes out of it; `[1]` on a line of
//! its own is the exit code where it is not 0. Lines before the first command that begin with `#` are comments. A shell runs them in a scratch directory where `vectors` is the folder of
//! recorded requests. What differs from run to run is written as TIME, HASH, HEX, PORT or DIR.
//!
//! `UPDATE_TRANSCRIPTS=1 cargo test -p shiming transcripts` writes what comes out into the files.

use std::{fmt::Write as _, fs, path::Path};

use crate::harness::{Scratch, vectors};

#[test]
fn every_command_prints_exactly_what_its_transcript_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut wrong = Vec::new();
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let expected = fs::read_to_string(&file).unwrap();
        let found = play(&expected);
        if found != expected {
            if std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
                fs::write(&file, found).unwrap();
            } else {
                wrong.push(format!("{}\n{}", file.display(), first_difference(&expected, &found)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The transcript with what comes out now.
fn play(transcript: &str) -> String {
    let scratch = Scratch::new();
    std::os::unix::fs::symlink(vectors(), scratch.path("vectors")).unwrap();
    let mut text = String::new();
    let before_commands = transcript.lines().take_while(|line| line.starts_with('#'));
    before_commands.for_each(|line| writeln!(text, "{line}").unwrap());
    for line in transcript.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            write!(text, "{line}\n{}", run(&scratch, command)).unwrap();
        }
    }
    text
}

fn run(scratch: &Scratch, command: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_shiming"));
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut shell = scratch.shell();
    // `doctor` looks whether the addresses are free: somebody may have a server running on the usual ones.
    shell.env("SHIMING_SERVER_LISTEN", "127.0.0.1:0").env("SHIMING_SERVER_OPERATOR", "127.0.0.1:0");
    let output = shell.args(["-c", &format!("exec 2>&1; {command}")]).env("PATH", path).output().unwrap();
    let mut text = steady(&String::from_utf8(output.stdout).unwrap(), scratch);
    match output.status.code() {
        Some(0) => {}
        Some(code) => writeln!(text, "[{code}]").unwrap(),
        None => text.push_str("[killed]\n"),
    }
    text
}

/// The text with what differs from run to run under a name.
fn steady(text: &str, scratch: &Scratch) -> String {
    let text = text.replace(scratch.path("").to_str().unwrap().trim_end_matches('/'), "DIR");
    let mut out = String::new();
    let mut word = String::new();
    for character in text.chars().chain(['\0']) {
        if character.is_ascii_alphanumeric() || "-:.".contains(character) {
            word.push(character);
            continue;
        }
        out.push_str(&named(&word));
        word.clear();
        if character != '\0' {
            out.push(character);
        }
    }
    out
}

fn named(word: &str) -> String {
    let hexadecimal = |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let trimmed = word.trim_end_matches([':', '.']);
    let end = &word[trimmed.len()..];
    if trimmed.len() >= 20
        && trimmed.ends_with('Z')
        && trimmed.starts_with("20")
        && trimmed.contains('T')
        && !trimmed.starts_with("2026-11-21")
    {
        return format!("TIME{end}");
    }
    if let Some((number, hash)) = trimmed.split_once(':')
        && hexadecimal(hash, 64)
    {
        return format!("{number}:HASH{end}");
    }
    if trimmed.starts_with("k-") && hexadecimal(&trimmed[2..], 8) {
        return format!("KEY{end}");
    }
    if hexadecimal(trimmed, 32) && trimmed.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        return format!("HEX{end}");
    }
    word.to_owned()
}

fn first_difference(expected: &str, found: &str) -> String {
    let (mut expected, mut found) = (expected.lines(), found.lines());
    loop {
        match (expected.next(), found.next()) {
            (Some(a), Some(b)) if a == b => {}
            (a, b) => return format!("  expected {a:?}\n  found    {b:?}"),
        }
    }
}
