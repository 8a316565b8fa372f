//! Secrets that are not the right one: with something around it, decoded, another's, none.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use zeroize::Zeroizing;

use super::search::Tries;
use super::{Candidate, words};

/// Most callers whose secret is tried.
const MOST_CANDIDATES: usize = 64;
/// So many of them are tried early.
const FEW: usize = 8;

/// The secrets to try, as changes.
pub(crate) fn tries<C>(
    tries: &mut Tries<C>,
    own: &Candidate<'_>,
    all: &[Candidate<'_>],
    change: impl Fn(Zeroizing<Vec<u8>>) -> C,
) {
    let secret = own.secret.expose();
    let made = |text: &str| change(Zeroizing::new(text.as_bytes().to_vec()));
    stray(tries, secret, &made);
    registered(tries, secret, &made);
    if let Ok(bytes) = STANDARD.decode(secret).or_else(|_| STANDARD_NO_PAD.decode(secret)) {
        tries.common(&words::SECRET_DECODED, "", change(Zeroizing::new(bytes)));
    }
    tries.add(&words::SECRET_ENCODED, "base64", made(&STANDARD.encode(secret)));
    tries.add(&words::SECRET_EMPTY, "", made(""));
    tries.add(&words::SIGNED_WITH_ACCESS_KEY, "", made(own.access_key));
    for (case, text) in [("lower case", secret.to_ascii_lowercase()), ("upper case", secret.to_ascii_uppercase())] {
        if text != secret {
            tries.add(&words::SECRET_CASE, case, made(&text));
        }
    }
    let others = all.iter().filter(|other| other.access_key != own.access_key).take(MOST_CANDIDATES);
    for (index, other) in others.enumerate() {
        let change = made(other.secret.expose());
        if index < FEW {
            tries.common(&words::OTHER_SECRET, "", change);
        } else {
            tries.add(&words::OTHER_SECRET, "", change);
        }
    }
}

fn stray<C>(tries: &mut Tries<C>, secret: &str, made: &impl Fn(&str) -> C) {
    const STRAY: &[(&str, &str)] = &[
        ("\n", "\"\\n\""),
        (" ", "\" \""),
        ("\r\n", "\"\\r\\n\""),
        ("\r", "\"\\r\""),
        ("\t", "\"\\t\""),
        ("\u{feff}", "U+FEFF"),
        ("\u{200b}", "U+200B"),
        ("\u{a0}", "U+00A0"),
        ("\u{3000}", "U+3000"),
        ("\0", "U+0000"),
        (";", "\";\""),
        (",", "\",\""),
    ];
    for (index, (stray, name)) in STRAY.iter().enumerate() {
        let mut add = |common: bool, text: String, detail: String| {
            let detail: Cow<'static, str> = detail.into();
            if common {
                tries.common(&words::SECRET_STRAY, detail, made(&text));
            } else {
                tries.add(&words::SECRET_STRAY, detail, made(&text));
            }
        };
        add(index < 3, format!("{secret}{stray}"), format!("secret + {name}"));
        add(index == 1, format!("{stray}{secret}"), format!("{name} + secret"));
        add(false, format!("{stray}{secret}{stray}"), format!("{name} + secret + {name}"));
    }
    for quote in ["\"", "'", "`"] {
        for (front, behind) in [(quote, quote), (quote, ""), ("", quote)] {
            tries.add(
                &words::SECRET_STRAY,
                format!("{front}secret{behind}"),
                made(&format!("{front}{secret}{behind}")),
            );
        }
    }
}

/// What is registered here may be what has something around it.
fn registered<C>(tries: &mut Tries<C>, secret: &str, made: &impl Fn(&str) -> C) {
    let stray =
        |letter: char| letter.is_whitespace() || letter.is_control() || "\u{feff}\u{200b}\"'`;,".contains(letter);
    for clean in
        [secret.trim(), secret.trim_matches(stray), secret.trim_start_matches(stray), secret.trim_end_matches(stray)]
    {
        if clean != secret {
            tries.common(&words::REGISTERED_STRAY, "", made(clean));
        }
    }
}
