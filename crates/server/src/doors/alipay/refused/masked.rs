//! Texts that hold people's values, with the values taken out: what is left can be compared with a client's, and shown.

/// The most of a text that is shown.
const LONGEST: usize = 2000;

/// A JSON text with its members' names, and dots for every value. A string that is JSON itself is looked into, once.
/// Nothing but names and punctuation comes through, however broken the text is.
pub fn json(text: &str) -> String {
    let mut out = String::new();
    values(text, &mut out, 1);
    if out.chars().count() > LONGEST {
        out = out.chars().take(LONGEST).collect::<String>() + "…";
    }
    out
}

fn values(text: &str, out: &mut String, deeper: usize) {
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if out.len() > 4 * LONGEST {
            return;
        }
        match letter {
            '{' | '}' | '[' | ']' | ',' | ':' => {
                out.push(letter);
                rest = rest.get(1..).unwrap_or_default();
            }
            '"' => {
                let (string, behind) = string(rest);
                rest = behind;
                if behind.trim_start().starts_with(':') {
                    out.push_str(&name(string));
                } else {
                    value(string, out, deeper);
                }
            }
            _ if letter.is_whitespace() => rest = rest.trim_start(),
            _ => {
                out.push('…');
                rest = rest.trim_start_matches(|letter: char| !letter.is_whitespace() && !",:{}[]\"".contains(letter));
            }
        }
    }
}

fn value(string: &str, out: &mut String, deeper: usize) {
    let inner: Option<String> = serde_json::from_str(string).ok();
    match inner.filter(|inner| deeper > 0 && inner.trim_start().starts_with('{')) {
        Some(inner) => {
            out.push('"');
            values(&inner, out, deeper - 1);
            out.push('"');
        }
        None => out.push('…'),
    }
}

/// A string with its quotation marks, and what stands behind it.
fn string(text: &str) -> (&str, &str) {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, letter)| {
        let ends = *letter == '"' && !escaped;
        escaped = *letter == '\\' && !escaped;
        ends
    });
    text.split_at(end.map_or(text.len(), |(at, _)| at + 1))
}

/// Names are the vendor's words, in lower case. What does not look like one may be anything.
fn name(string: &str) -> String {
    let bare = string.trim_matches('"');
    let plain = (1..=64).contains(&bare.len()) && bare.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if plain { format!("\"{bare}\"") } else { "…".to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_come_through_and_values_do_not() {
        for (text, expected) in [
            (
                r#"{"biz_code": "FACE_API", "n": 12, "list": [1, "two"], "t":true}"#,
                r#"{"biz_code":…,"n":…,"list":[…,…],"t":…}"#,
            ),
            (r#"{"identity_param":"{\"cert_name\":\"样例甲\"}"}"#, r#"{"identity_param":"{"cert_name":…}"}"#),
            (r#"{"110101190001010014":"x","样例甲":1,"FRONT":""}"#, r"{…:…,…:…,…:…}"),
            (r#"{"a":"样例 \" 甲"#, r#"{"a":…"#),
            ("样例甲 110101190001010014", "……"),
            ("", ""),
        ] {
            assert_eq!(json(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_digit_and_no_letter_beyond_ascii_comes_through(text in any::<String>()) {
            let shown = json(&text);
            prop_assert!(shown.chars().all(|letter| letter == '…' || letter.is_ascii() && !letter.is_ascii_digit()), "{}", shown);
        }
    }
}
