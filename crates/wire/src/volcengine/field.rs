//! The rules that every field of a body follows. Docs: Volcengine SMS specification, sections 3.1 and 3.3.
//!
//! Unset fields arrive absent (Node, Java), `null` (Go's lists) or `""` (Go's strings), and mean the same. Unknown members are
//! ignored. A refusal names the field's full path and the rule, in the language of the documented text, and never the value.

use super::codes::Refusal;
use crate::element::Element;
use crate::json::{Found, JsonError, Reader, Text, Value};

impl From<JsonError> for Refusal {
    fn from(error: JsonError) -> Self {
        Self::unfit(error.to_string())
    }
}

/// Reads a body that is an object; `each` must read the value of every member.
pub(super) fn object<'a>(
    bytes: &'a [u8],
    each: impl FnMut(&mut Reader<'a>, &Text<'a>) -> Result<(), JsonError>,
) -> Result<(), Refusal> {
    let mut reader = Reader::new(bytes)?;
    let found = reader.object(each)?;
    reader.end()?;
    match found {
        Found::Object(()) => Ok(()),
        Found::Nothing | Found::Other(_) => Err(Refusal::unfit("请求体必须是JSON对象")),
    }
}

/// What a member that should be an array turned out to be.
#[derive(Default)]
pub(super) enum List<T> {
    /// Absent, `null` or `""`.
    #[default]
    Unset,
    /// The items.
    Items(Vec<T>),
    /// Something else.
    Other,
}

impl<T> List<T> {
    /// Reads the next value; `item` must read one item.
    pub(super) fn read<'a>(
        reader: &mut Reader<'a>,
        mut item: impl FnMut(&mut Reader<'a>) -> Result<T, JsonError>,
    ) -> Result<Self, JsonError> {
        if !reader.is_array() {
            return Ok(if reader.value()?.is_unset() { Self::Unset } else { Self::Other });
        }
        let mut items = Vec::new();
        reader.array(|reader| {
            items.push(item(reader)?);
            Ok(())
        })?;
        Ok(Self::Items(items))
    }

    /// The items; none where it is unset, and at most so many.
    pub(super) fn items(self, field: &str, most: usize) -> Result<Vec<T>, Refusal> {
        match self {
            Self::Unset => Ok(Vec::new()),
            Self::Items(items) if items.len() <= most => Ok(items),
            Self::Items(_) => Err(Refusal::invalid(field, &format!("最多{most}项"))),
            Self::Other => Err(Refusal::invalid(field, "必须是数组")),
        }
    }

    /// Whether there is nothing in it.
    pub(super) const fn is_unset(&self) -> bool {
        match self {
            Self::Unset => true,
            Self::Items(items) => items.is_empty(),
            Self::Other => false,
        }
    }
}

/// The text of a field without what stands around it; `None` when it is unset.
pub(super) fn text<'a>(value: Value<'a>, field: &str, most: usize) -> Result<Option<Element<'a>>, Refusal> {
    element(value, field, most, char::is_control)
}

/// The same for a text that people write in lines.
pub(super) fn lines<'a>(value: Value<'a>, field: &str, most: usize) -> Result<Option<Element<'a>>, Refusal> {
    element(value, field, most, |letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t'))
}

fn element<'a>(
    value: Value<'a>,
    field: &str,
    most: usize,
    unfit: fn(char) -> bool,
) -> Result<Option<Element<'a>>, Refusal> {
    if value.is_unset() {
        return Ok(None);
    }
    let Value::Text(text) = value else { return Err(Refusal::invalid(field, "必须是字符串")) };
    let text = text.decode().ok_or_else(|| Refusal::invalid(field, "不是有效的Unicode文本"))?;
    fit(&text, field, most, unfit)?;
    Ok(Some(Element::new(text)))
}

/// The same for a text from elsewhere.
pub(super) fn checked(text: &str, field: &str, most: usize) -> Result<(), Refusal> {
    fit(text, field, most, char::is_control)
}

fn fit(text: &str, field: &str, most: usize, unfit: fn(char) -> bool) -> Result<(), Refusal> {
    if text.chars().any(unfit) {
        return Err(Refusal::invalid(field, "不能含有控制字符"));
    }
    if text.chars().nth(most).is_some() {
        return Err(Refusal::invalid(field, &format!("最多{most}个字符")));
    }
    Ok(())
}

/// The text of a field that must be there, with something in it.
pub(super) fn required<'a>(value: Value<'a>, field: &str, most: usize) -> Result<Element<'a>, Refusal> {
    let element = text(value, field, most)?.filter(|element| !element.expose().trim().is_empty());
    element.ok_or_else(|| missing(field))
}

/// A whole number, or its digits as a string; `None` when unset.
pub(super) fn integer(value: Value<'_>, field: &str) -> Result<Option<i64>, Refusal> {
    let number = match value {
        value if value.is_unset() => return Ok(None),
        Value::Text(text) => text.decode().and_then(|text| digits(&text)),
        value => value.integer(),
    };
    number.map(Some).ok_or_else(|| Refusal::invalid(field, "必须是整数"))
}

/// A whole number that is written in digits alone.
pub(super) fn digits(text: &str) -> Option<i64> {
    let all = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if all { text.parse().ok() } else { None }
}

/// The number of something that exists: positive, or `None` for 0 and unset.
pub(super) fn id(value: Value<'_>, field: &str) -> Result<Option<i64>, Refusal> {
    match integer(value, field)? {
        Some(negative) if negative < 0 => Err(Refusal::invalid(field, "不能为负数")),
        number => Ok(number.filter(|number| *number != 0)),
    }
}

/// The refusal of a field that is not there.
pub(super) fn missing(field: &str) -> Refusal {
    Refusal::invalid(field, "必填")
}

/// 1 own use (自用), 2 for others (他用).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// 1: for oneself.
    Own,
    /// 2: for somebody who has given authority.
    Others,
}

impl Purpose {
    /// The number on the wire.
    pub const fn number(self) -> i64 {
        match self {
            Self::Own => 1,
            Self::Others => 2,
        }
    }

    /// The purpose of a number.
    pub const fn of_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::Own),
            2 => Some(Self::Others),
            _ => None,
        }
    }

    /// Reads the field; `None` when it is unset, and 0 is unset too: Go sends it for a field that was left out.
    pub(super) fn read(value: Value<'_>) -> Result<Option<Self>, Refusal> {
        match integer(value, "purpose")? {
            None | Some(0) => Ok(None),
            Some(number) => Self::of_number(number).map(Some).ok_or_else(|| Refusal::invalid("purpose", "只能为1或2")),
        }
    }
}
