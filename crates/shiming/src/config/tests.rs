use super::{jd::Shape, *};

fn with(variables: &[(&str, &str)]) -> Result<Config, Trouble> {
    let mut config = Config::default();
    config.take_environment(variables.iter().map(|(name, value)| ((*name).into(), (*value).into())))?;
    Ok(config)
}

#[test]
fn every_key_can_be_set_by_its_variable() {
    let known = Config::default();
    for section in known.sections() {
        for key in section.keys() {
            let variable = format!("SHIMING_{}_{}", section.name().to_ascii_uppercase(), key.name.to_ascii_uppercase());
            let value = match (section.name(), key.name) {
                ("server", _) => "127.0.0.1:9",
                ("tls" | "store" | "master_key" | "names", _)
                | ("alipay", "gateway_alias")
                | ("aliyun", "host_id" | "forwarded_host")
                | ("desk", "base" | "operator")
                | ("face", "models" | "onnxruntime") => "elsewhere",
                ("clock", _)
                | ("rehearsal", "slow_for")
                | ("review", "keep_superseded")
                | ("webhook", "timeout")
                | ("jd" | "aliyun" | "volcengine", "window")
                | ("alipay", "window" | "remember" | "lifetime")
                | ("limits", "first_byte" | "idle" | "body_time" | "shutdown") => "7m",
                ("face", "engine") => "onnxruntime",
                ("face", "embedder") => "fused",
                ("face", "liveness") => "report",
                ("face", "keep_photos") => "yes",
                ("limits" | "face", _)
                | (
                    "jd" | "aliyun" | "volcengine",
                    "image_min_bytes"
                    | "image_max_bytes"
                    | "body_limit"
                    | "in_flight"
                    | "in_flight_per_operation"
                    | "signatures_a_day",
                )
                | ("alipay", "image_min_side" | "image_max_side" | "body_limit")
                | ("desk", "photo_limit")
                | ("webhook", "at_once") => "7",
                ("review", "approvals") => "2",
                ("review", "automatic") => "approve_clear",
                ("log", "format") => "json",
                ("log", _) => "trace",
                ("policy" | "rehearsal", _) => "rehearsal",
                ("jd", "result_shape") => "flat",
                ("jd", "replay") => "refuse",
                ("jd", name) if name.starts_with("say_") => "1001, 信息不一致, 未通过",
                ("volcengine", "require_business_image") => "false",
                ("jd" | "aliyun" | "volcengine" | "webhook", _) => "true",
                ("desk", "peers") => "forwarded",
                ("desk", "verified_before") => "ask",
                ("alipay", "echo") => "off",
                ("alipay", "outage") => "system_error",
                ("alipay", "expired_seconds") => "ignore",
                other => panic!("no value for {other:?}"),
            };
            let config = with(&[(&variable, value)]).unwrap();
            let after = config.sections().into_iter().find(|after| after.name() == section.name()).unwrap();
            let after = after.keys().into_iter().find(|after| after.name == key.name).unwrap();
            assert_ne!(after.value, key.value, "{variable} changed nothing");
        }
    }
}

#[test]
fn every_number_and_length_of_time_has_bounds() {
    let known = Config::default();
    for section in known.sections() {
        for key in section.keys() {
            let default = key.value.as_deref().unwrap_or_default().trim_matches('"');
            let absurd = if default.parse::<f64>().is_ok() {
                "18446744073709551615"
            } else if default.parse::<values::Span>().is_ok() {
                "999999999d"
            } else {
                continue;
            };
            let name = format!("[{}] {}", section.name(), key.name);
            let variable = format!("SHIMING_{}_{}", section.name(), key.name).to_ascii_uppercase();
            let refused = with(&[(&variable, absurd)]).unwrap().check().expect_err(&name).to_string();
            assert!(refused.starts_with(&format!("error: {name} must be ")), "{refused}");
        }
    }
    known.check().unwrap();
}

#[test]
fn a_number_that_starts_no_server_is_named_with_its_bounds_and_why() {
    for (variable, value, wanted) in [
        ("SHIMING_LIMITS_IDLE", "0s", "[limits] idle must be from 1s to 1h: shorter breaks"),
        ("SHIMING_LIMITS_HEAD_BYTES", "7", "[limits] head_bytes must be from 8192 to 1048576: "),
        ("SHIMING_FACE_WORKERS", "99999999", "[face] workers must be from 1 to 1024: each is a thread"),
        ("SHIMING_JD_WINDOW", "500ms", "[jd] window must be from 1s to 1d: "),
        ("SHIMING_CLOCK_OFFSET", "-99999999d", "[clock] offset must be from -36600d to 36600d: "),
        ("SHIMING_LIMITS_LONG_TARGETS_BYTES", "1048576", "[limits] long_targets_bytes is less than target_bytes"),
        ("SHIMING_JD_IMAGE_MIN_BYTES", "200000", "[jd] image_min_bytes is larger than image_max_bytes"),
        ("SHIMING_ALIPAY_IMAGE_MIN_SIDE", "5000", "[alipay] image_min_side is larger than image_max_side"),
        ("SHIMING_FACE_MIN_SIDE", "9000", "[face] min_side is larger than max_side"),
    ] {
        let refused = with(&[(variable, value)]).unwrap().check().unwrap_err().to_string();
        assert!(refused.starts_with(&format!("error: {wanted}")), "{refused}");
    }
}

#[test]
fn what_is_read_elsewhere_is_nobodys_setting() {
    let known = Config::default();
    for other in OTHER_VARIABLES {
        assert!(known.variables().all(|variable| variable != *other), "{other}");
        assert_eq!(with(&[(other, "anything")]).unwrap().text(), known.text(), "{other}");
    }
}

#[test]
fn a_variable_comes_before_the_file() {
    let mut config = Config::parse("[jd]\nresult_shape = \"nested\"\nwindow = \"5m\"\n").unwrap();
    config.take_environment([("SHIMING_JD_RESULT_SHAPE".into(), "flat".into())].into_iter()).unwrap();
    assert_eq!(config.jd.result_shape, Shape::Flat);
    assert_eq!(config.jd.window.0.as_secs(), 300);
}

#[test]
fn a_bad_variable_is_named_and_its_value_is_not_printed() {
    let trouble = with(&[("SHIMING_JD_RESULT_SHAPE", "round")]).unwrap_err().to_string();
    assert_eq!(trouble, "error: SHIMING_JD_RESULT_SHAPE: one of both, nested, flat is expected");
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    let (line, message) = Config::parse("[server]\n\nlisen = \"127.0.0.1:1\"\n").unwrap_err();
    assert_eq!(line, 3);
    assert_eq!(message, "unknown field `lisen`, expected `listen` or `operator`");
}

#[test]
fn a_wrong_value_is_told_with_its_line_and_without_itself() {
    for text in
        ["[rehearsal]\ndown = [\"110101190001010014\", 1.5]\n", "[rehearsal]\nslow_for = \"110101190001010014\"\n"]
    {
        let (line, message) = Config::parse(text).unwrap_err();
        assert_eq!(line, 2);
        assert!(!message.contains("1101"), "{message}");
    }
}

#[test]
fn what_is_printed_reads_back_as_the_same() {
    let config = Config::parse(
        "[policy]\nmobile3 = [\"rehearsal\", \"registry\"]\n[clock]\noffset = \"-20m\"\n[tls]\ncert = \"a\\\\b\"\n",
    )
    .unwrap();
    assert_eq!(Config::parse(&config.text()).unwrap().text(), config.text());
}

#[test]
fn the_sample_file_shows_every_key_with_its_default() {
    let sample = include_str!("../../../../shiming.toml");
    // In the sample, every setting is commented out by a `#` that touches it.
    let uncommented: String = sample
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
        .flat_map(|line| [line, "\n"])
        .collect();
    let config = Config::parse(&uncommented).unwrap();
    assert_eq!(config.text(), Config::default().text());
    for section in config.sections() {
        for key in section.keys() {
            assert!(
                uncommented.lines().any(|line| line.trim_start_matches("# ").starts_with(&format!("{} =", key.name))),
                "{}",
                key.name
            );
        }
    }
}
