//! From the vendor's elements to a claim. Here a text becomes a number or a name, once; what cannot is refused with the
//! field and the rule, and never with the value.

use jiff::civil::Date;
use shiming_core::Claim;
use shiming_identity::{BankCard, CompanyName, CompanyNumber, Flaw, Mobile, Parsed, PersonName, ResidentId, upgrade15};
use shiming_wire::{
    element::Element,
    jdcloud::{
        Admitted, OperationName, Refusal,
        company::Company,
        personal::{self, Person, PersonalAuth},
    },
};

use super::JdCloud;

/// What is made of a number whose check digit some genuine ones fail: a domestic card's, an embedded organisation code's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Numbers {
    /// It is taken.
    #[default]
    Lenient,
    /// It is refused.
    Strict,
}

/// What is made of a resident number of 15 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum FirstGeneration {
    /// It is refused, as since 2013.
    #[default]
    Refused,
    /// The number of 18 characters that it became is looked up.
    Taken,
}

impl JdCloud {
    /// The claim that an admitted call makes.
    pub(super) fn claim(&self, call: &Admitted<'_>, operation: OperationName) -> Result<Claim, Refusal> {
        let today = self.tools.clock.now().china_date();
        match operation {
            OperationName::PersonalAuth => {
                let call = PersonalAuth::read(call, self.settings.rules)?;
                self.of_person(&call.person, &AUTH, today)
            }
            OperationName::Mobile3Detail => {
                self.of_person(&personal::read_detail(call, operation)?, &MOBILE_DETAIL, today)
            }
            OperationName::BankCard3Detail | OperationName::BankCard4Detail => {
                self.of_person(&personal::read_detail(call, operation)?, &CARD_DETAIL, today)
            }
            OperationName::CompanyInfo => self.of_company(&Company::read(call, operation)?, &INFO, today),
            OperationName::CompanyInfo3 => self.of_company(&Company::read(call, operation)?, &INFO3, today),
            OperationName::LegalPerson | OperationName::LegalPersonDetail => {
                self.of_company(&Company::read(call, operation)?, &LEGAL_PERSON, today)
            }
            OperationName::ApplyStatus => Err(Refusal::bad_request("this operation makes no claim")),
        }
    }

    fn of_person(&self, person: &Person<'_>, names: &Names, today: Date) -> Result<Claim, Refusal> {
        let name = read(names.name, &person.name, PersonName::parse)?;
        let id = person.id_card.as_ref().map(|id| read(names.id_card, id, |text| self.resident(text, today)));
        let mobile = person.mobile.as_ref().map(|mobile| read(names.mobile, mobile, Mobile::parse)).transpose()?;
        let card = person
            .bank_card
            .as_ref()
            .map(|card| read(names.bank_card, card, |text| self.judged(BankCard::parse(text)?)))
            .transpose()?;
        let id = id.transpose()?;
        let missing = |field| Refusal::invalid(field, "is required");
        match (card, id, mobile) {
            (Some(card), id, mobile) => {
                Ok(Claim::BankCard { card, name, id: id.ok_or_else(|| missing(names.id_card))?, mobile })
            }
            (None, id, Some(mobile)) => Ok(Claim::Mobile { mobile, name, id }),
            (None, Some(id), None) => {
                let image = person.image.as_ref();
                let portrait = image.map(|image| personal::portrait(image, &self.settings.portrait)).transpose()?;
                Ok(Claim::Resident { id, name, portrait: portrait.map(|portrait| portrait.bytes) })
            }
            (None, None, None) => Err(missing(names.id_card)),
        }
    }

    fn of_company(&self, company: &Company<'_>, names: &CompanyNames, today: Date) -> Result<Claim, Refusal> {
        let legal_name = company.legal_person_name.as_ref();
        let legal_id = company.legal_person_id.as_ref();
        Ok(Claim::Company {
            number: self.company_number(names.id_code, company.id_code.expose())?,
            name: read(names.name, &company.name, CompanyName::parse)?,
            legal_name: legal_name.map(|name| read(names.legal_name, name, PersonName::parse)).transpose()?,
            legal_id: legal_id.map(|id| read(names.legal_id, id, |text| self.resident(text, today))).transpose()?,
        })
    }

    fn company_number(&self, field: &'static str, text: &str) -> Result<CompanyNumber, Refusal> {
        let parsed = CompanyNumber::parse(text).and_then(|parsed| self.judged(parsed));
        parsed.map(|parsed| parsed.value).map_err(|flaw| {
            let hint = CompanyNumber::hint(text).filter(|_| flaw == Flaw::Charset);
            Refusal::invalid(field, hint.map_or_else(|| flaw.to_string(), |hint| format!("{flaw} {hint}")))
        })
    }

    fn judged<T>(&self, parsed: Parsed<T>) -> Result<Parsed<T>, Flaw> {
        match self.settings.numbers {
            Numbers::Lenient => Ok(parsed),
            Numbers::Strict => parsed.strict(),
        }
    }

    fn resident(&self, text: &str, today: Date) -> Result<Parsed<ResidentId>, Flaw> {
        match ResidentId::parse(text, today) {
            // Read again, because the longer form may be of a birth that no caller's number may have.
            Err(Flaw::FirstGeneration) if self.settings.first_generation == FirstGeneration::Taken => {
                ResidentId::parse(upgrade15(text, today)?.expose(), today)
            }
            parsed => parsed,
        }
    }
}

/// What each element is called where it stands.
struct Names {
    name: &'static str,
    id_card: &'static str,
    bank_card: &'static str,
    mobile: &'static str,
}

const AUTH: Names = Names {
    name: "personalSpec.personalUser.name",
    id_card: "personalSpec.personalUser.idCard",
    bank_card: "personalSpec.personalUser.bankcard",
    mobile: "personalSpec.personalUser.mobile",
};

const CARD_DETAIL: Names = Names {
    name: "personalSpec.name",
    id_card: "personalSpec.idCard",
    bank_card: "personalSpec.bankCard",
    mobile: "personalSpec.mobile",
};

const MOBILE_DETAIL: Names = Names {
    name: "personalMobileSpec.personalUser.name",
    id_card: "personalMobileSpec.personalUser.idCard",
    bank_card: "",
    mobile: "personalMobileSpec.personalUser.mobile",
};

/// What each element of a company is called where it stands.
struct CompanyNames {
    name: &'static str,
    id_code: &'static str,
    legal_name: &'static str,
    legal_id: &'static str,
}

const INFO: CompanyNames =
    CompanyNames { name: "companyInfo.companyName", id_code: "companyInfo.idCode", legal_name: "", legal_id: "" };

const INFO3: CompanyNames = CompanyNames {
    name: "companyInfo3Spec.companyName",
    id_code: "companyInfo3Spec.idCode",
    legal_name: "companyInfo3Spec.legalPersonName",
    legal_id: "",
};

const LEGAL_PERSON: CompanyNames = CompanyNames {
    name: "legalPersonSpec.companyName",
    id_code: "legalPersonSpec.idCode",
    legal_name: "legalPersonSpec.legalPersonName",
    legal_id: "legalPersonSpec.legalPersonId",
};

/// Reads one element.
fn read<T>(
    field: &'static str,
    element: &Element<'_>,
    parse: impl FnOnce(&str) -> Result<Parsed<T>, Flaw>,
) -> Result<T, Refusal> {
    parse(element.expose()).map(|parsed| parsed.value).map_err(|flaw| Refusal::invalid(field, flaw.to_string()))
}
