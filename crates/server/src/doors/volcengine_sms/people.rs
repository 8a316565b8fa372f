//! Whether what is on a form is well formed: numbers by their check digits, dates by the calendar. Docs: Volcengine SMS
//! specification, section 3.1. Whether it is true is for the review.

use jiff::civil::Date;
use shiming_identity::{CreditCode, Flaw, Mobile, ResidentId};
use shiming_wire::{
    element::Element,
    volcengine::{
        Refusal,
        ident::{BusinessInfo, CertificateType, Persons},
    },
};

/// Which numbers are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numbers {
    /// Those that are numbers: 18 characters with their check character, a card's 17 digits with theirs, a mobile's 11.
    #[default]
    Checked,
    /// Any text: the document's own sample has `Zf6m` for a credit code.
    Any,
}

const UNTIL: &str = "businessInfo.businessCertificateValidityPeriodEnd";

/// Checks the company's number and dates.
pub(super) fn company(business: &BusinessInfo<'_>, numbers: Numbers) -> Result<(), Refusal> {
    if numbers == Numbers::Checked {
        let code = CreditCode::parse(business.credit_code.expose()).map(|parsed| parsed.value);
        let told = |flaw| Refusal::invalid("businessInfo.unifiedSocialCreditIdentifier", rule(flaw));
        if code.map_err(told)?.expose() != business.credit_code.expose() {
            return Err(told(Flaw::Charset));
        }
    }
    let from = date(business.valid_from.expose(), "businessInfo.businessCertificateValidityPeriodStart")?;
    if date(business.valid_until.expose(), UNTIL)? < from {
        return Err(Refusal::invalid(UNTIL, "早于有效期开始日期"));
    }
    Ok(())
}

/// Checks every person's number and mobile.
pub(super) fn persons(persons: &Persons<'_>, numbers: Numbers, today: Date) -> Result<(), Refusal> {
    if numbers == Numbers::Any {
        return Ok(());
    }
    for (part, person) in persons.all() {
        let at = |member: &str| format!("{}.{member}", part.field());
        let number = person.number.as_ref().filter(|_| person.certificate_type == CertificateType::ResidentId);
        if let Some(number) = number.map(Element::expose) {
            let told = |flaw| Refusal::invalid(&at("personIDCard"), rule(flaw));
            // Only the plain form: the vendor's clients send a capital X and nothing around the number.
            if ResidentId::parse(number, today).map_err(told)?.value.expose() != number {
                return Err(told(Flaw::Charset));
            }
        }
        let mobile = person.mobile.expose();
        if !Mobile::parse(mobile).is_ok_and(|parsed| parsed.value.expose() == mobile) {
            return Err(Refusal::invalid(&at("personMobile"), "不是11位手机号"));
        }
    }
    Ok(())
}

const fn rule(flaw: Flaw) -> &'static str {
    match flaw {
        Flaw::Length => "位数不正确",
        Flaw::Check => "校验位不正确",
        _ => "格式不正确",
    }
}

fn date(text: &str, field: &str) -> Result<Date, Refusal> {
    let shape = text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() });
    let date = if shape { text.parse().ok() } else { None };
    date.ok_or_else(|| Refusal::invalid(field, "必须是YYYY-MM-DD格式的日期"))
}
