//! `personalAuth` and its detailed sisters: people's elements out of the body. Docs: JD Cloud specification, sections 2, 4.1, 4.2, 7.
//!
//! What is checked here is shape: which elements a mode needs, and that they are strings without control characters. Whether a
//! number has its right check digit is the door's to ask.
//!
//! Departures: check type 3 needs name, ID number and portrait, as the vendor's current pages and SDKs have it; the page of 2020
//! says "bank card" there by mistake. Check type 25 is known but off by default, since its elements are not documented.

use super::call::Admitted;
use super::codes::{No, Refusal};
use super::field::{body, integer, object, required, text};
use super::operations::OperationName;
use crate::base64_field::{Blanks, decode};
use crate::element::Element;
use crate::image_head::{Head, Kind};
use crate::json::{Found, Value, write_string};

/// What a call of `personalAuth` checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CheckType {
    /// 0: bank card four elements (银行卡四要素).
    BankCard4,
    /// 1: bank card three elements (银行卡三要素).
    BankCard3,
    /// 2: name and ID number (姓名身份证二要素).
    IdCard2,
    /// 3: portrait three elements (人像三要素).
    Portrait3,
    /// 4: mobile three elements (手机号三要素).
    Mobile3,
    /// 25: mobile two elements (手机号二要素).
    Mobile2,
}

impl CheckType {
    /// All of them, in the order of the specification's table.
    pub const ALL: [Self; 6] =
        [Self::BankCard4, Self::BankCard3, Self::IdCard2, Self::Portrait3, Self::Mobile3, Self::Mobile2];

    /// The number on the wire.
    pub const fn number(self) -> i64 {
        match self {
            Self::BankCard4 => 0,
            Self::BankCard3 => 1,
            Self::IdCard2 => 2,
            Self::Portrait3 => 3,
            Self::Mobile3 => 4,
            Self::Mobile2 => 25,
        }
    }

    /// The check type of a number.
    pub fn of_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|check| check.number() == number)
    }
}

/// Settings of the door that decide what a check type needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rules {
    /// Whether check type 25 is answered.
    pub mobile2: Mobile2,
}

/// Whether check type 25 is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mobile2 {
    /// It is not: 403 `FAIL`.
    #[default]
    Off,
    /// It is: name and mobile.
    On,
}

/// The elements of a person that a check needs; one that it does not need is `None`, whatever the body holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person<'a> {
    /// `name`.
    pub name: Element<'a>,
    /// `idCard`.
    pub id_card: Option<Element<'a>>,
    /// `bankcard` (in `personalAuth`) or `bankCard` (in the detailed operations).
    pub bank_card: Option<Element<'a>>,
    /// `mobile`.
    pub mobile: Option<Element<'a>>,
    /// `imgBase64`, still encoded: see [`portrait`].
    pub image: Option<Element<'a>>,
}

/// A call of `personalAuth`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalAuth<'a> {
    /// What is to be checked.
    pub check_type: CheckType,
    /// Of whom.
    pub person: Person<'a>,
}

/// An element beside the name, which every mode needs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    IdCard,
    BankCard,
    Mobile,
    Image,
}

impl<'a> PersonalAuth<'a> {
    /// Reads the body of an admitted call.
    pub fn read(call: &Admitted<'a>, rules: Rules) -> Result<Self, Refusal> {
        Self::read_unverified(call.body(), rules)
    }

    /// Reads a body that nobody vouches for: for tools that explain a call, and for tests. A door uses [`PersonalAuth::read`].
    pub fn read_unverified(bytes: &'a [u8], rules: Rules) -> Result<Self, Refusal> {
        let (check, user) = body(bytes, "personalSpec", |reader| {
            let mut check = Value::Null;
            let mut user = Found::Nothing;
            let spec = reader.object(|reader, name| {
                if name.is("checkType") {
                    check = reader.value()?;
                } else if name.is("personalUser") {
                    user = reader.fields(["name", "idCard", "bankcard", "mobile", "imgBase64"])?;
                } else {
                    reader.value()?;
                }
                Ok(())
            })?;
            Ok(match spec {
                Found::Object(()) => Found::Object((check, user)),
                Found::Nothing => Found::Nothing,
                Found::Other(kind) => Found::Other(kind),
            })
        })?;
        let check_type = check_type(check, rules)?;
        let [name, id_card, bank_card, mobile, image] = object(user, "personalSpec.personalUser")?;
        let needs = needs(check_type);
        let by = format!("by checkType {}", check_type.number());
        let element = |need, value, field| needs.contains(&need).then(|| required(value, field, &by)).transpose();
        let person = Person {
            name: required(name, "personalSpec.personalUser.name", &by)?,
            id_card: element(Need::IdCard, id_card, "personalSpec.personalUser.idCard")?,
            bank_card: element(Need::BankCard, bank_card, "personalSpec.personalUser.bankcard")?,
            mobile: element(Need::Mobile, mobile, "personalSpec.personalUser.mobile")?,
            image: needs.contains(&Need::Image).then(|| text(image, IMAGE, &by)).transpose()?,
        };
        Ok(Self { check_type, person })
    }

    /// Writes the body that asks for this, for an upstream; elements that are `None` are left out.
    pub fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256 + self.person.image.as_ref().map_or(0, |image| image.expose().len()));
        out.extend_from_slice(b"{\"personalSpec\":{\"checkType\":");
        out.extend_from_slice(self.check_type.number().to_string().as_bytes());
        out.extend_from_slice(b",\"personalUser\":{\"name\":");
        write_string(&mut out, self.person.name.expose());
        for (name, element) in [
            (",\"idCard\":", &self.person.id_card),
            (",\"bankcard\":", &self.person.bank_card),
            (",\"mobile\":", &self.person.mobile),
            (",\"imgBase64\":", &self.person.image),
        ] {
            if let Some(element) = element {
                out.extend_from_slice(name.as_bytes());
                write_string(&mut out, element.expose());
            }
        }
        out.extend_from_slice(b"}}}");
        out
    }
}

fn check_type(value: Value<'_>, rules: Rules) -> Result<CheckType, Refusal> {
    const FIELD: &str = "personalSpec.checkType";
    let number = integer(value, FIELD)?.ok_or_else(|| Refusal::invalid(FIELD, "is required"))?;
    let check =
        CheckType::of_number(number).ok_or_else(|| Refusal::invalid(FIELD, "must be one of 0, 1, 2, 3, 4, 25"))?;
    if check == CheckType::Mobile2 && rules.mobile2 == Mobile2::Off {
        return Err(No::CheckTypeNotEnabled.into());
    }
    Ok(check)
}

/// The table of section 4.1.
const fn needs(check: CheckType) -> &'static [Need] {
    use Need::{BankCard, IdCard, Image, Mobile};
    match check {
        CheckType::BankCard4 => &[IdCard, BankCard, Mobile],
        CheckType::BankCard3 => &[IdCard, BankCard],
        CheckType::IdCard2 => &[IdCard],
        CheckType::Portrait3 => &[IdCard, Image],
        CheckType::Mobile3 => &[IdCard, Mobile],
        CheckType::Mobile2 => &[Mobile],
    }
}

/// Reads the body of a detailed operation: [`OperationName::Mobile3Detail`], [`OperationName::BankCard3Detail`] or
/// [`OperationName::BankCard4Detail`]. Any other name is refused as disabled.
pub fn read_detail<'a>(call: &Admitted<'a>, operation: OperationName) -> Result<Person<'a>, Refusal> {
    read_detail_unverified(call.body(), operation)
}

/// The same for a body that nobody vouches for; a door uses [`read_detail`].
pub fn read_detail_unverified(bytes: &[u8], operation: OperationName) -> Result<Person<'_>, Refusal> {
    match operation {
        OperationName::Mobile3Detail => read_mobile_detail(bytes),
        OperationName::BankCard3Detail => read_card_detail(bytes, false),
        OperationName::BankCard4Detail => read_card_detail(bytes, true),
        _ => Err(No::ApiDisabled.into()),
    }
}

fn read_mobile_detail(bytes: &[u8]) -> Result<Person<'_>, Refusal> {
    let user = body(bytes, "personalMobileSpec", |reader| {
        let mut user = Found::Nothing;
        let spec = reader.object(|reader, name| {
            if name.is("personalUser") {
                user = reader.fields(["name", "idCard", "mobile"])?;
            } else {
                reader.value()?;
            }
            Ok(())
        })?;
        Ok(match spec {
            Found::Object(()) => Found::Object(user),
            Found::Nothing => Found::Nothing,
            Found::Other(kind) => Found::Other(kind),
        })
    })?;
    let [name, id_card, mobile] = object(user, "personalMobileSpec.personalUser")?;
    Ok(Person {
        name: required(name, "personalMobileSpec.personalUser.name", "")?,
        id_card: Some(required(id_card, "personalMobileSpec.personalUser.idCard", "")?),
        bank_card: None,
        mobile: Some(required(mobile, "personalMobileSpec.personalUser.mobile", "")?),
        image: None,
    })
}

/// `bankCard` here has a capital C, unlike in `personalAuth`; only the documented spelling of each operation counts.
fn read_card_detail(bytes: &[u8], with_mobile: bool) -> Result<Person<'_>, Refusal> {
    let [name, id_card, bank_card, mobile] =
        body(bytes, "personalSpec", |reader| reader.fields(["name", "idCard", "bankCard", "mobile"]))?;
    Ok(Person {
        name: required(name, "personalSpec.name", "")?,
        id_card: Some(required(id_card, "personalSpec.idCard", "")?),
        bank_card: Some(required(bank_card, "personalSpec.bankCard", "")?),
        mobile: with_mobile.then(|| required(mobile, "personalSpec.mobile", "")).transpose()?,
        image: None,
    })
}

const IMAGE: &str = "personalSpec.personalUser.imgBase64";

/// Limits of a portrait. The vendor documents "5-150k" only (section 4.2): k is read as 1024, applied to the decoded bytes, both
/// ends inclusive; the sides are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortraitLimits {
    /// Fewest decoded bytes.
    pub min_bytes: usize,
    /// Most decoded bytes.
    pub max_bytes: usize,
    /// Fewest pixels a side.
    pub min_side: u32,
    /// Most pixels a side.
    pub max_side: u32,
}

impl Default for PortraitLimits {
    fn default() -> Self {
        Self { min_bytes: 5 * 1024, max_bytes: 150 * 1024, min_side: 40, max_side: 4096 }
    }
}

/// A portrait's bytes, of the right size and a known type; not decoded, so it may still be damaged.
#[derive(Clone, PartialEq, Eq)]
pub struct Portrait {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its type and size in pixels, from its first bytes.
    pub head: Head,
}

impl std::fmt::Debug for Portrait {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Portrait({} bytes)", self.bytes.len())
    }
}

/// Decodes `imgBase64` and checks, in this order: base64, fewest bytes, most bytes, type, pixels (section 4.2).
pub fn portrait(image: &Element<'_>, limits: &PortraitLimits) -> Result<Portrait, Refusal> {
    let bytes =
        decode(image.expose(), Blanks::Nothing).map_err(|error| Refusal::invalid(IMAGE, error.to_string()))?.bytes;
    let PortraitLimits { min_bytes, max_bytes, min_side, max_side } = *limits;
    if bytes.len() < min_bytes {
        return Err(Refusal::invalid(IMAGE, format!("is smaller than {min_bytes} bytes when decoded")));
    }
    if bytes.len() > max_bytes {
        return Err(Refusal::invalid(IMAGE, format!("is larger than {max_bytes} bytes when decoded")));
    }
    let head = Head::read(&bytes)
        .filter(|head| head.kind != Kind::Bmp)
        .ok_or_else(|| Refusal::invalid(IMAGE, "is neither a JPEG nor a PNG picture"))?;
    let sides = min_side..=max_side;
    if !sides.contains(&head.width) || !sides.contains(&head.height) {
        return Err(Refusal::invalid(IMAGE, format!("must have {min_side} to {max_side} pixels a side")));
    }
    Ok(Portrait { bytes, head })
}

#[cfg(test)]
#[path = "personal_tests.rs"]
mod tests;
