//! Configuration as the program reads it: file, environment, flags.

use crate::harness::{Ended, Scratch};

#[test]
fn a_flag_comes_before_the_environment_and_that_before_the_file() {
    let scratch = Scratch::new();
    scratch.write(
        "shiming.toml",
        "[server]\nlisten = \"127.0.0.1:1\"\noperator = \"127.0.0.1:1\"\n[jd]\nwindow = \"1m\"\n",
    );
    let mut command = scratch.command();
    command.args(["serve", "--print-config", "--listen", "127.0.0.1:3"]);
    command.env("SHIMING_SERVER_LISTEN", "127.0.0.1:2").env("SHIMING_SERVER_OPERATOR", "127.0.0.1:2");
    let text = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert!(text.contains("\nlisten = \"127.0.0.1:3\"\n"), "{text}");
    assert!(text.contains("\noperator = \"127.0.0.1:2\"\n"), "{text}");
    assert!(text.contains("\nwindow = \"1m\"\n"), "{text}");
}

#[test]
fn what_is_printed_is_a_file_that_reads_as_the_same() {
    let scratch = Scratch::new();
    scratch.write("a.toml", "[policy]\nmobile3 = [\"rehearsal\"]\n[log]\nlevel = \"info,shiming_server=debug\"\n");
    let first = scratch.run(&["serve", "--print-config", "-c", "a.toml"]).with_code(0).out;
    scratch.write("b.toml", &first);
    assert_eq!(scratch.run(&["serve", "--print-config", "-c", "b.toml"]).with_code(0).out, first);
}

#[test]
fn the_doctor_tells_of_every_section_what_would_keep_the_server_from_starting() {
    for (text, told) in [
        ("[policy]\ndefault = [\"elsewhere\"]\n", "elsewhere"),
        ("[names]\nprivate_use = \"nowhere.csv\"\n", "nowhere.csv"),
        ("[alipay]\ngateway_alias = \"gate\"\n", "gateway_alias"),
        ("[aliyun]\nimage_min_bytes = 2\nimage_max_bytes = 1\n", "image_min_bytes"),
        ("[volcengine]\nforwarded_host = \"a b\"\n", "a header's name"),
        ("[desk]\nbase = \"id.example.org\"\n", "base"),
        ("[face]\npass_score = 0\n", "pass_score"),
        ("[review]\napprovals = 3\n", "approvals"),
    ] {
        let scratch = Scratch::new();
        scratch.write("shiming.toml", text);
        let doctor = scratch.run(&["doctor"]).with_code(1);
        assert!(doctor.out.contains("BAD") && doctor.out.contains(told), "{text}: {}", doctor.out);
    }
}

#[test]
fn settings_that_no_server_starts_with_are_refused_before_anything_is_made() {
    for (text, told) in [
        ("[alipay]\ngateway_alias = \"gate\"\n", "gateway_alias"),
        ("[limits]\nconnections = 99999999999\n", "[limits] connections must be from 1 to 1048576"),
        ("[aliyun]\ndomains = []\n", "domains"),
        ("[review]\napprovals = 2\nautomatic = \"approve_clear\"\n", "automatic"),
    ] {
        let scratch = Scratch::new();
        scratch.write("shiming.toml", text);
        let ended = scratch.run(&["serve", "--listen", "127.0.0.1:0", "--operator", "127.0.0.1:0"]).with_code(2);
        assert!(ended.err.starts_with("error: ") && ended.err.contains(told), "{}", ended.err);
        assert!(!scratch.path("shiming-data").exists());
    }
}

#[test]
fn a_level_that_is_misspelt_silences_nothing() {
    let scratch = Scratch::new();
    let printed = |level: &str| {
        let mut command = scratch.command();
        Ended::of(command.args(["serve", "--print-config"]).env("SHIMING_LOG_LEVEL", level).output().unwrap())
    };
    for level in ["inof", "info,shiming_server", "shiming_server=inof", "info;warn"] {
        let ended = printed(level).with_code(2);
        assert!(
            ended.err.contains("SHIMING_LOG_LEVEL: error, warn, info, debug or trace is expected"),
            "{}",
            ended.err
        );
    }
    for level in ["INFO", "off", "warn,shiming_server=debug", "shiming_server::desk=trace, info"] {
        printed(level).with_code(0);
    }
}

#[test]
fn the_master_key_is_never_printed() {
    let scratch = Scratch::new();
    let key = scratch.run(&["keys", "new"]).with_code(0).out;
    let mut command = scratch.command();
    let output = command.args(["serve", "--print-config"]).env("SHIMING_MASTER_KEY", key.trim()).output().unwrap();
    let secret = key.split_whitespace().nth(1).unwrap();
    assert!(!String::from_utf8(output.stdout).unwrap().contains(secret));
}

#[test]
fn the_master_key_may_come_from_the_environment_or_a_command() {
    let scratch = Scratch::new();
    let key = scratch.run(&["keys", "new"]).with_code(0).out;
    scratch.write("rows.csv", "op,id_number\n");
    let with_key = |key: Option<&str>, command: Option<&str>| {
        let mut run = scratch.command();
        run.args(["registry", "import", "rows.csv", "--data", "data"]);
        key.map(|key| run.env("SHIMING_MASTER_KEY", key));
        command.map(|command| run.env("SHIMING_MASTER_KEY_COMMAND", command));
        run.output().unwrap().status.code()
    };
    assert_eq!(with_key(Some(key.trim()), None), Some(0));
    assert!(!scratch.path("data/master.key").exists());
    assert_eq!(with_key(None, None), Some(3), "without its key the store stays shut");
    let kept = scratch.write("kept", &key);
    assert_eq!(with_key(None, Some(&format!("cat {}", kept.display()))), Some(0));
    assert_eq!(with_key(None, Some("false")), Some(3));
}

#[test]
fn a_mistake_in_the_file_is_told_with_its_line() {
    let scratch = Scratch::new();
    scratch.write("shiming.toml", "[jd]\n\nresult_shape = \"round\"\n");
    let ended = scratch.run(&["serve", "--print-config"]).with_code(2);
    assert!(ended.err.starts_with("error: shiming.toml:3: one of both, nested, flat is expected"), "{}", ended.err);
}
