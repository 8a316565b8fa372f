//! What a text is, in words: parsed, normalised, masked, or why it is wrong.
//!
//! For `shiming inspect KIND VALUE` and for the desk. A description reveals no more than the mask does unless
//! [`Reveal::Full`] is asked for.

mod guess;
mod kind;

pub use guess::guess;
pub use kind::{Kind, UnknownKind};

use crate::{
    AreaTable, BankCard, BinTable, CompanyName, CreditCode, Date, Flaw, ForeignerPermit, LicenceHolder, LicenceNumber,
    Mobile, OrgCode, Paper, PaperKind, Parsed, PersonName, PrivateUseTable, RECIPE_VERSION, ResidentId, ResidentKind,
    SegmentUse, Sex, Warnings, area_warnings, bin_warnings, upgrade15,
};
use std::fmt;

/// How much a description shows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Reveal {
    /// The masked form, and attributes that do not give the value away.
    #[default]
    Masked,
    /// The normalised form and every attribute, a birth date too.
    Full,
}

/// Whether what is odd about a check digit or a form refuses a text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Strict {
    /// It is a warning.
    #[default]
    No,
    /// It refuses: see [`Parsed::strict`].
    Yes,
}

/// Describes texts. Tables that an operator has loaded make it say more.
#[derive(Clone, Copy, Debug)]
pub struct Inspector<'a> {
    /// The civil date in UTC+08:00.
    pub today: Date,
    /// How much to show.
    pub reveal: Reveal,
    /// What refuses.
    pub strict: Strict,
    /// Names of area codes.
    pub areas: Option<&'a AreaTable>,
    /// Issuers of cards.
    pub bins: Option<&'a BinTable>,
    /// Meanings of private-use characters.
    pub private_use: Option<&'a PrivateUseTable>,
}

/// What a text is.
pub struct Description {
    /// The kind it was read as; never [`Kind::Any`].
    pub kind: Kind,
    /// Attributes, as label and value.
    pub facts: Vec<(&'static str, String)>,
    /// The normalised form, if revealed and the text was accepted.
    pub normalised: Option<String>,
    /// The masked form, if the text was accepted.
    pub masked: Option<String>,
    /// What is odd about it.
    pub warnings: Warnings,
    /// Why it was refused, if it was.
    pub flaw: Option<Flaw>,
    /// Something that may help whoever typed it.
    pub hint: Option<&'static str>,
}

crate::secret::hide!(Description);

impl Inspector<'_> {
    /// An inspector without tables that masks.
    pub const fn new(today: Date) -> Self {
        Self { today, reveal: Reveal::Masked, strict: Strict::No, areas: None, bins: None, private_use: None }
    }

    /// Describes `text` as a `kind`; [`Kind::Any`] guesses first.
    pub fn describe(&self, kind: Kind, text: &str) -> Description {
        let kind = if kind == Kind::Any { guess(text, self.today) } else { kind };
        let mut sheet = Description {
            kind,
            facts: Vec::new(),
            normalised: None,
            masked: None,
            warnings: Warnings::NONE,
            flaw: None,
            hint: None,
        };
        if let Err(flaw) = self.fill(&mut sheet, text) {
            sheet.flaw = Some(flaw);
            self.explain(&mut sheet, text, flaw);
        }
        sheet
    }

    fn fill(&self, sheet: &mut Description, text: &str) -> Result<(), Flaw> {
        match sheet.kind {
            Kind::Any | Kind::Id => {
                let id =
                    self.take(sheet, ResidentId::parse(text, self.today)?, ResidentId::expose, ResidentId::masked)?;
                self.resident(sheet, &id);
            }
            Kind::Foreigner => {
                let parsed = ForeignerPermit::parse(text, self.today)?;
                let permit = self.take(sheet, parsed, ForeignerPermit::expose, ForeignerPermit::masked)?;
                sheet.fact("country", permit.country_letters());
                sheet.optional("province", permit.province().map(|province| province.english));
                self.only_if_revealed(sheet, "birth date", permit.birth(self.today));
            }
            Kind::Name => {
                let parsed = match self.private_use {
                    Some(table) => PersonName::parse_with(text, table),
                    None => PersonName::parse(text),
                }?;
                let name = self.take(sheet, parsed, PersonName::expose, PersonName::masked)?;
                sheet.fact("characters", name.expose().chars().count());
                sheet.fact("comparable", yes_no(name.is_comparable()));
                sheet.fact("recipe", RECIPE_VERSION);
            }
            Kind::Company => {
                let parsed = match self.private_use {
                    Some(table) => CompanyName::parse_with(text, table),
                    None => CompanyName::parse(text),
                }?;
                let name = self.take(sheet, parsed, CompanyName::expose, CompanyName::masked)?;
                sheet.fact("characters", name.expose().chars().count());
                sheet.fact("recipe", RECIPE_VERSION);
            }
            Kind::Mobile => {
                let mobile = self.take(sheet, Mobile::parse(text)?, Mobile::expose, Mobile::masked)?;
                segment(sheet, &mobile);
                self.only_if_revealed(sheet, "international", Some(mobile.e164()));
            }
            Kind::Card => {
                let card = self.take(sheet, BankCard::parse(text)?, BankCard::expose, BankCard::masked)?;
                self.card(sheet, &card);
            }
            Kind::Uscc => {
                let code = self.take(sheet, CreditCode::parse(text)?, CreditCode::expose, CreditCode::masked)?;
                uscc(sheet, &code);
            }
            Kind::Org => {
                let code = self.take(sheet, OrgCode::parse(text)?, OrgCode::expose, OrgCode::masked)?;
                sheet.fact("printed", code.hyphenated());
            }
            Kind::Licence => {
                let number =
                    self.take(sheet, LicenceNumber::parse(text)?, LicenceNumber::expose, LicenceNumber::masked)?;
                // A trader's number is personal data, and masked.
                if self.reveal == Reveal::Full || number.holder() != Some(LicenceHolder::SelfEmployed) {
                    sheet.fact("authority", number.authority());
                }
                sheet.optional("holder", number.holder().map(holder));
            }
            Kind::Paper(kind) => {
                let paper = self.take(sheet, Paper::parse(kind, text, self.today)?, Paper::expose, Paper::masked)?;
                self.paper(sheet, &paper);
            }
        }
        Ok(())
    }

    /// What every kind has; nothing of it where it is refused.
    fn take<T>(
        &self,
        sheet: &mut Description,
        parsed: Parsed<T>,
        expose: fn(&T) -> &str,
        masked: fn(&T) -> String,
    ) -> Result<T, Flaw> {
        let parsed = if self.strict == Strict::Yes { parsed.strict()? } else { parsed };
        sheet.warnings = parsed.warnings;
        sheet.masked = Some(masked(&parsed.value));
        sheet.normalised = (self.reveal == Reveal::Full).then(|| expose(&parsed.value).to_owned());
        Ok(parsed.value)
    }

    fn only_if_revealed(&self, sheet: &mut Description, label: &'static str, value: Option<impl ToString>) {
        if self.reveal == Reveal::Full {
            sheet.optional(label, value);
        }
    }

    fn resident(&self, sheet: &mut Description, id: &ResidentId) {
        sheet.fact("document", resident_kind(id.kind()));
        sheet.optional("province", id.province().map(|province| province.english));
        sheet.optional("country", id.country().map(|country| country.letters));
        if let Some(table) = self.areas {
            sheet.warnings = sheet.warnings.union(area_warnings(id, table, self.today));
            let names = id.area_code().map(|code| table.lookup(code)).unwrap_or_default();
            let latest = names.iter().max_by_key(|area| area.to.unwrap_or(Date::MAX));
            self.only_if_revealed(sheet, "area", latest.map(|area| &area.name));
            sheet.optional("area table of", table.as_of());
        }
        self.only_if_revealed(sheet, "birth date", Some(id.birth()));
        sheet.fact("age", id.age(self.today));
        sheet.fact("sex", if id.sex() == Sex::Male { "male" } else { "female" });
        sheet.fact("under 14", yes_no(id.under_14(self.today)));
        sheet.fact("under 18", yes_no(id.under_18(self.today)));
    }

    fn card(&self, sheet: &mut Description, card: &BankCard) {
        sheet.fact("digits", card.expose().len());
        if let Some(table) = self.bins {
            sheet.warnings = sheet.warnings.union(bin_warnings(card, table));
            if let Some(bin) = table.lookup(card) {
                sheet.fact("issuer", &bin.bank);
                sheet.fact("type", bin.kind.english());
            }
        }
    }

    fn paper(&self, sheet: &mut Description, paper: &Paper) {
        if matches!(paper.kind(), PaperKind::HkMacaoTravelPermit | PaperKind::TaiwanTravelPermit) {
            sheet.fact("issue count given", yes_no(paper.expose() != paper.comparison()));
            self.only_if_revealed(sheet, "compared by", Some(paper.comparison()));
        }
    }

    fn explain(&self, sheet: &mut Description, text: &str, flaw: Flaw) {
        match (sheet.kind, flaw) {
            (Kind::Uscc, Flaw::Charset) => sheet.hint = CreditCode::hint(text),
            (Kind::Uscc, Flaw::Length) if LicenceNumber::parse(text).is_ok() => {
                sheet.hint = Some("This is a licence number of before the credit code; inspect it as `licence`.");
            }
            (Kind::Uscc, Flaw::Length) if OrgCode::parse(text).is_ok() => {
                sheet.hint = Some("This is an organisation code; inspect it as `org`.");
            }
            (Kind::Id, Flaw::FirstGeneration) => {
                if let Ok(id) = upgrade15(text, self.today) {
                    let shown = if self.reveal == Reveal::Full { id.expose().to_owned() } else { id.masked() };
                    sheet.fact("second-generation form", shown);
                }
            }
            (Kind::Mobile, Flaw::LeadingZero) => {
                sheet.hint = Some("Leave out the trunk 0; landlines are not supported.");
            }
            _ => {}
        }
    }
}

impl Description {
    /// Whether the text was accepted.
    pub const fn is_accepted(&self) -> bool {
        self.flaw.is_none()
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers give numbers, dates and literals alike, without a borrow"
    )]
    fn fact(&mut self, label: &'static str, value: impl ToString) {
        self.facts.push((label, value.to_string()));
    }

    fn optional(&mut self, label: &'static str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.fact(label, value);
        }
    }
}

/// A line each: kind, masked form, normalised form if revealed, facts, warnings, or the flaw and a hint.
impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |label: &str, value: &dyn fmt::Display| writeln!(f, "{label:<24}{value}");
        line("kind", &format_args!("{} ({})", self.kind, self.kind.chinese()))?;
        if let Some(masked) = &self.masked {
            line("masked", masked)?;
        }
        if let Some(normalised) = &self.normalised {
            line("normalised", normalised)?;
        }
        for (label, value) in &self.facts {
            line(label, value)?;
        }
        for warning in self.warnings.iter() {
            line("warning", &format_args!("{}: {warning}", warning.code()))?;
        }
        if let Some(flaw) = self.flaw {
            line("refused", &format_args!("{}: {flaw}", flaw.code()))?;
        }
        if let Some(hint) = self.hint {
            line("hint", &hint)?;
        }
        Ok(())
    }
}

fn segment(sheet: &mut Description, mobile: &Mobile) {
    let Some(segment) = mobile.segment() else { return };
    sheet.optional("segment of", segment.carrier.map(crate::Carrier::code));
    let usage = match segment.usage {
        SegmentUse::Ordinary => "ordinary",
        SegmentUse::Virtual => "virtual operator",
        SegmentUse::Satellite => "satellite",
        SegmentUse::Emergency => "emergency",
    };
    sheet.fact("segment use", usage);
}

fn uscc(sheet: &mut Description, code: &CreditCode) {
    if let Some(category) = code.category() {
        sheet.fact("registered by", category.department);
        sheet.fact("category", category.category);
    }
    if !code.is_self_employed() {
        sheet.fact("region", code.region());
        sheet.optional("organisation code", code.org_code().map(|code| code.hyphenated()));
    }
}

fn resident_kind(kind: ResidentKind) -> &'static str {
    match kind {
        ResidentKind::Citizen => "resident ID card",
        ResidentKind::HongKongPermit => "residence permit for Hong Kong residents",
        ResidentKind::MacaoPermit => "residence permit for Macao residents",
        ResidentKind::TaiwanPermit => "residence permit for Taiwan residents",
        ResidentKind::ForeignerPermanent => "foreigners' permanent residence card of 2023",
    }
}

fn holder(holder: LicenceHolder) -> &'static str {
    match holder {
        LicenceHolder::Domestic => "domestic company",
        LicenceHolder::ForeignInvested => "foreign-invested company",
        LicenceHolder::SelfEmployed => "self-employed",
    }
}

const fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

#[cfg(test)]
mod tests;
