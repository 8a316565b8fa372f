//! What the outcomes are called. Docs: JD Cloud specification, section 4.3; China identity specification, sections 8.2 and 11.
//!
//! The vendor publishes the words of a match and no others. The defaults are the table's; an operator who learns the vendor's says
//! them instead.

use std::borrow::Cow;
use std::fmt;

use super::reply::{OUTCOMES, Outcome, OutcomeRow};
use crate::json::write_string;

/// The texts of one outcome, each as it stands between the quotes of the answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Texts {
    pub(super) code: Cow<'static, str>,
    pub(super) message: Cow<'static, str>,
    /// Of the document inside the string `detail`, so escaped twice.
    pub(super) detail_message: Cow<'static, str>,
}

/// Why texts cannot be an outcome's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TextsError {
    /// One of them is empty or blank.
    Empty,
    /// One of them is longer than 200 characters.
    TooLong,
    /// One of them holds a control character.
    Control,
    /// The code is the one of a match, by which callers decide.
    CodeOfAMatch,
}

impl fmt::Display for TextsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "none of the texts may be empty",
            Self::TooLong => "a text may have at most 200 characters",
            Self::Control => "a text may not hold control characters",
            Self::CodeOfAMatch => "the code `ok` is a match's",
        })
    }
}

impl std::error::Error for TextsError {}

impl Texts {
    /// The texts of an outcome that is no match.
    pub fn new(code: &str, message: &str, detail_message: &str) -> Result<Self, TextsError> {
        for text in [code, message, detail_message] {
            if text.trim().is_empty() {
                return Err(TextsError::Empty);
            }
            if text.chars().nth(200).is_some() {
                return Err(TextsError::TooLong);
            }
            if text.chars().any(char::is_control) {
                return Err(TextsError::Control);
            }
        }
        if code.eq_ignore_ascii_case(Outcome::Match.row().code) {
            return Err(TextsError::CodeOfAMatch);
        }
        let twice = escaped(&escaped(detail_message));
        Ok(Self { code: escaped(code).into(), message: escaped(message).into(), detail_message: twice.into() })
    }

    /// The table's, which need no escapes; a test holds it to that.
    const fn of_row(row: &OutcomeRow) -> Self {
        Self {
            code: Cow::Borrowed(row.code),
            message: Cow::Borrowed(row.message),
            detail_message: Cow::Borrowed(row.detail_message),
        }
    }
}

/// A text as JSON writes it, without the quotes.
fn escaped(text: &str) -> String {
    let mut quoted = Vec::with_capacity(text.len() + 2);
    write_string(&mut quoted, text);
    let inner = quoted.get(1..quoted.len() - 1).unwrap_or_default();
    String::from_utf8_lossy(inner).into_owned()
}

/// The texts of every outcome.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wording([Texts; 6]);

impl Default for Wording {
    /// The table's.
    fn default() -> Self {
        Self(std::array::from_fn(|index| Texts::of_row(&OUTCOMES[index])))
    }
}

impl Wording {
    /// With other texts for an outcome. A match keeps the vendor's.
    #[must_use]
    pub fn with(mut self, outcome: Outcome, texts: Texts) -> Self {
        if let Some(place) = self.0.get_mut(outcome as usize).filter(|_| outcome != Outcome::Match) {
            *place = texts;
        }
        self
    }

    pub(super) const fn of(&self, outcome: Outcome) -> &Texts {
        // There are as many texts as rows of the table, of which every outcome has one.
        &self.0[outcome as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jdcloud::reply::{Received, success, success_in};
    use crate::jdcloud::{RequestId, Shape};

    fn id() -> RequestId {
        RequestId::from_random([3; 32])
    }

    #[test]
    fn the_tables_words_are_the_default_and_need_no_escapes() {
        for row in OUTCOMES {
            for shape in [Shape::Both, Shape::Flat, Shape::Nested] {
                let said = success_in(id(), row.outcome, shape, &Wording::default());
                assert_eq!(said, success(id(), row.outcome, shape));
            }
            for text in [row.code, row.message, row.detail_message] {
                assert_eq!(escaped(text), text);
            }
        }
    }

    #[test]
    fn an_operators_words_stand_in_every_place_and_change_nothing_else() {
        let texts = Texts::new("E\"1", "不一致 \\ \"a\"", "详情 \"b\" \\").unwrap();
        let wording = Wording::default().with(Outcome::Mismatch, texts.clone()).with(Outcome::Match, texts);
        let said = success_in(id(), Outcome::Mismatch, Shape::Both, &wording);
        let json: serde_json::Value = serde_json::from_slice(&said.body).unwrap();
        for place in [&json["result"], &json["result"]["authInfo"]] {
            assert_eq!((&place["success"], &place["hasException"]), (&false.into(), &false.into()));
            assert_eq!((&place["code"], &place["message"]), (&"E\"1".into(), &"不一致 \\ \"a\"".into()));
            let detail: serde_json::Value = serde_json::from_str(place["detail"].as_str().unwrap()).unwrap();
            let expected =
                serde_json::json!({"chargeFlag": "1", "message": "详情 \"b\" \\", "orderNumber": id().as_str()});
            assert_eq!(detail, expected);
        }
        assert!(matches!(
            Received::read(&said.body),
            Ok(Received::Verdict { success: false, charged: Some(true), .. })
        ));
        for outcome in [Outcome::Match, Outcome::NotFound] {
            assert_eq!(success_in(id(), outcome, Shape::Both, &wording), success(id(), outcome, Shape::Both));
        }
    }

    #[test]
    fn texts_that_would_mislead_or_break_a_log_are_refused() {
        let long = "长".repeat(201);
        for (texts, error) in [
            (["", "a", "b"], TextsError::Empty),
            (["a", " ", "b"], TextsError::Empty),
            (["a", "b", ""], TextsError::Empty),
            (["a", &long, "b"], TextsError::TooLong),
            (["a", "b\n", "c"], TextsError::Control),
            (["ok", "b", "c"], TextsError::CodeOfAMatch),
            (["OK", "b", "c"], TextsError::CodeOfAMatch),
        ] {
            let [code, message, detail] = texts;
            assert_eq!(Texts::new(code, message, detail), Err(error));
            assert!(!error.to_string().is_empty());
        }
        assert!(Texts::new("a", &"长".repeat(200), "c").is_ok());
    }
}
