use super::*;
use crate::alipay_v3::call::ExpiredSeconds;
use crate::alipay_v3::call::tests::{PATH, client, keys, now, public, wire};
use crate::alipay_v3::reply::refuse;
use crate::alipay_v3::reply::tests::{STAMP, headers_of, platform};
use crate::alipay_v3::{Business, Reply, Unverified};
use crate::secret::Secret;

fn read(client: &Client<'_>, reply: &Reply, key: &PublicKey) -> Result<Answer, AnswerError> {
    let headers = reply
        .headers
        .iter()
        .map(|(name, value)| (name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap()))
        .collect();
    client.read(reply.status, &headers, &reply.body, key)
}

#[test]
fn both_sides_understand_each_other_in_every_mode() {
    let (app, content_key) = (public("app"), ContentKey::from_bytes(&[3; 16]).unwrap());
    let platform = platform("platform", "sn");
    for certificates in [None, Some(("0418b19f8eddd971bb9cf26814597199", "root"))] {
        for app_auth_token in [None, Some("token")] {
            for content_key in [None, Some(&content_key)] {
                let client = Client { certificates, app_auth_token, content_key, ..client() };
                let asked = client.ask("get", &format!("{PATH}?a=%E6%94%B6"), b"", now(), "n").unwrap();
                let raw = wire("GET", &format!("{PATH}?a=%E6%94%B6"), &asked.headers, &asked.body);
                let opened = Unverified::parse(&raw.as_request())
                    .unwrap()
                    .verify(&keys(&app), now(), ExpiredSeconds::Narrows)
                    .unwrap()
                    .open(content_key)
                    .unwrap();
                let reply = platform.answer(&opened, [("identity_result", "成功 a/b")], &STAMP).sign().unwrap();
                let answer = read(&client, &reply, platform.key.public_key()).unwrap();
                assert_eq!((answer.status(), answer.text("identity_result").unwrap().as_str()), (200, "成功 a/b"));
                assert_eq!(reply.headers.iter().any(|(name, _)| *name == "alipay-sn"), certificates.is_some());
                let refusal = refuse(&Business::TokenInvalid.into(), "t");
                assert_eq!(
                    read(&client, &refusal, platform.key.public_key()).unwrap().text("code").unwrap(),
                    "TOKEN_INVALID"
                );
            }
        }
    }
}

#[test]
fn recorded_answers_are_taken_and_refused_as_the_sdks_do() {
    let key = public("platform");
    let encrypted = ContentKey::parse(&Secret::new("U6EmKn4UbWXd35INZhaoQw==")).unwrap();
    for (name, expected) in [
        ("ok-json", Ok(200)),
        ("ok-cert", Ok(200)),
        ("ok-pretty-chinese", Ok(200)),
        ("ok-body-trailing-newline", Ok(200)),
        ("ok-waiting", Ok(200)),
        ("ok-unknown-field", Ok(200)),
        ("null-fields", Ok(200)),
        ("error-400-unsigned", Ok(400)),
        ("error-400-signed", Ok(400)),
        ("error-400-signature-null", Ok(400)),
        ("error-400-badly-signed", Err(AnswerError::WrongSignature)),
        ("bad-200-unsigned", Err(AnswerError::Unsigned)),
        ("bad-body-altered", Err(AnswerError::WrongSignature)),
        ("bad-no-newline", Err(AnswerError::WrongSignature)),
        ("bad-wrong-platform-key", Err(AnswerError::WrongSignature)),
        ("error-500-html", Err(AnswerError::Unreadable)),
        ("empty-200", Err(AnswerError::Unreadable)),
        ("aes-ok", Ok(200)),
        ("aes-error-plain", Ok(400)),
        ("aes-plain-json", Err(AnswerError::Undecryptable)),
        ("aes-signed-over-plaintext", Err(AnswerError::WrongSignature)),
    ] {
        let (status, headers, body) = headers_of(name);
        let client = Client { content_key: name.starts_with("aes").then_some(&encrypted), ..client() };
        assert_eq!(client.read(status, &headers, &body, &key).map(|answer| answer.status()), expected, "{name}");
    }
}
