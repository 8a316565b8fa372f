//! Secrets that are not the right one: with something around it, decoded, another's, none.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use zeroize::Zeroizing;

use super::search::Tries;
use super::{Candidate, Mistake, words};

/// Most callers whose secret is tried.
pub(crate) const MOST_CANDIDATES: usize = 64;
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
    let is_common = |index, beside| match beside {
        Beside::Behind => index < 3,
        Beside::Before => index == 1,
        Beside::Both => false,
    };
    stray(tries, &words::SECRET_STRAY, secret, is_common, &made);
    registered(tries, &words::REGISTERED_STRAY, secret, &made);
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

/// Where something stands beside a secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beside {
    Behind,
    Before,
    Both,
}

/// What files, shells and pages leave around a secret. `is_common` says of a character, by its place in the list, which begins
/// with line end, blank and both line ends, whether it is tried early there.
pub(crate) fn stray<C>(
    tries: &mut Tries<C>,
    mistake: &'static Mistake,
    secret: &str,
    is_common: impl Fn(usize, Beside) -> bool,
    made: &impl Fn(&str) -> C,
) {
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
        for (beside, text, detail) in [
            (Beside::Behind, format!("{secret}{stray}"), format!("secret + {name}")),
            (Beside::Before, format!("{stray}{secret}"), format!("{name} + secret")),
            (Beside::Both, format!("{stray}{secret}{stray}"), format!("{name} + secret + {name}")),
        ] {
            if is_common(index, beside) {
                tries.common(mistake, detail, made(&text));
            } else {
                tries.add(mistake, detail, made(&text));
            }
        }
    }
    for quote in ["\"", "'", "`"] {
        for (front, behind) in [(quote, quote), (quote, ""), ("", quote)] {
            tries.add(mistake, format!("{front}secret{behind}"), made(&format!("{front}{secret}{behind}")));
        }
    }
}

/// What is registered here may be what has something around it.
pub(crate) fn registered<C>(tries: &mut Tries<C>, mistake: &'static Mistake, secret: &str, made: &impl Fn(&str) -> C) {
    let stray =
        |letter: char| letter.is_whitespace() || letter.is_control() || "\u{feff}\u{200b}\"'`;,".contains(letter);
    for clean in
        [secret.trim(), secret.trim_matches(stray), secret.trim_start_matches(stray), secret.trim_end_matches(stray)]
    {
        if clean != secret {
            tries.common(mistake, "", made(clean));
        }
    }
}
