//! From cells to changes: what one row of an import stands for.
//!
//! A row stands for every record whose number it has. A person's row makes the resident record, with a mobile number
//! the mobile record, with a card number the bank card record; a company's row makes a record under its credit code,
//! under the organisation code in that, and under the old licence number. `kind` limits a row to one kind of record. A
//! row with any bad field is refused whole.

mod column;
mod reject;

use shiming_core::{Change, Record, RecordKind, record::Number};
use shiming_identity::{
    BankCard, CompanyName, CompanyNumber, Date, Flaw, LicenceNumber, Mobile, Parsed, PersonName, PrivateUseTable,
    ResidentId,
};
use shiming_store::SealedRegistry;

pub(crate) use self::{
    column::Column,
    reject::{Reason, Reject},
};
use super::{
    cells::Cells,
    portrait::{self, Made, Portraits},
};

/// What a row does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    /// Puts records in.
    Upsert,
    /// Takes records out.
    Delete,
    /// Changes nothing: what it could change is as it should be.
    Passed,
}

/// By what a row's values are read.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    /// The civil date in UTC+08:00.
    pub(super) today: Date,
    /// What private-use characters in names mean.
    pub(super) private_use: &'a PrivateUseTable,
}

/// The changes that a row stands for, added to `changes`. On a refusal nothing is added.
pub(super) fn read(
    cells: &Cells,
    rules: Rules<'_>,
    portraits: Portraits<'_>,
    changes: &mut Vec<Change>,
) -> Result<Op, Reject> {
    let before = changes.len();
    let row = Row { cells, rules, portraits, kind: kind(cells)? };
    if let Some(registry) = portraits.outdated_in {
        return row.portrait_anew(registry, changes);
    }
    let op = match cells.text(Column::Op) {
        "" | "upsert" => Op::Upsert,
        "delete" => Op::Delete,
        _ => return Err(Reject::at(Column::Op, Reason::UnknownWord)),
    };
    let read = match op {
        Op::Upsert => row.upsert(changes),
        Op::Delete => row.delete(changes),
        Op::Passed => Ok(()),
    };
    let read = read.and_then(|()| if changes.len() > before { Ok(op) } else { Err(Reject::of(Reason::NoNumber)) });
    if read.is_err() {
        changes.truncate(before);
    }
    read
}

fn kind(cells: &Cells) -> Result<Option<RecordKind>, Reject> {
    match cells.text(Column::Kind) {
        "" => Ok(None),
        word => match RecordKind::ALL.into_iter().find(|kind| kind.word() == word) {
            Some(kind) => Ok(Some(kind)),
            None => Err(Reject::at(Column::Kind, Reason::UnknownWord)),
        },
    }
}

struct Row<'a> {
    cells: &'a Cells,
    rules: Rules<'a>,
    portraits: Portraits<'a>,
    kind: Option<RecordKind>,
}

impl Row<'_> {
    fn upsert(&self, changes: &mut Vec<Change>) -> Result<(), Reject> {
        let (card, mobile) = (self.card()?, self.mobile(Column::Mobile)?);
        let reserved = self.mobile(Column::BankMobile)?;
        let id = self.id(Column::IdNumber)?;
        if id.is_some() || card.is_some() || mobile.is_some() {
            let id = id.ok_or(Reject::at(Column::IdNumber, Reason::Missing))?;
            let name = self.name(Column::Name)?.ok_or(Reject::at(Column::Name, Reason::Missing))?;
            if self.wants(RecordKind::BankCard)
                && let Some(card) = card
            {
                let mobile = reserved.or_else(|| mobile.clone());
                changes.push(Change::Upsert(Record::BankCard { card, name: name.clone(), id: id.clone(), mobile }));
            }
            if self.wants(RecordKind::Mobile)
                && let Some(mobile) = mobile
            {
                changes.push(Change::Upsert(Record::Mobile { mobile, name: name.clone(), id: id.clone() }));
            }
            if self.wants(RecordKind::Resident) {
                changes.push(Change::Upsert(Record::Resident { id, name }));
            }
        }
        if self.wants(RecordKind::Company) {
            let numbers = self.company_numbers()?;
            if !numbers.is_empty() {
                let name = self.company_name()?.ok_or(Reject::at(Column::CompanyName, Reason::Missing))?;
                let (legal_name, legal_id) = (self.name(Column::LegalName)?, self.id(Column::LegalId)?);
                changes.extend(numbers.into_iter().map(|number| {
                    let (name, legal_name, legal_id) = (name.clone(), legal_name.clone(), legal_id.clone());
                    Change::Upsert(Record::Company { number, name, legal_name, legal_id })
                }));
            }
        }
        self.portrait(changes)
    }

    /// Last, because looking at a picture takes longer than all else; in a row that is refused anyway nobody looks.
    fn portrait(&self, changes: &mut Vec<Change>) -> Result<(), Reject> {
        if self.wants(RecordKind::Resident)
            && let Some(Made { template, photo }) = self.portraits.of(self.cells)?
        {
            let id = self.id(Column::IdNumber)?.ok_or(Reject::at(Column::IdNumber, Reason::Missing))?;
            changes.push(Change::Portrait { id, template, photo });
        }
        Ok(())
    }

    /// The portrait alone, and only where the registry has another network's template of the person. A row without a
    /// portrait stands for the photo that is kept.
    fn portrait_anew(&self, registry: &SealedRegistry, changes: &mut Vec<Change>) -> Result<Op, Reject> {
        let given = portrait::is_in(self.cells);
        if self.cells.text(Column::Op) == "delete" || !self.wants(RecordKind::Resident) {
            return Ok(Op::Passed);
        }
        let id = match self.id(Column::IdNumber)? {
            Some(id) => id,
            None if given => return Err(Reject::at(Column::IdNumber, Reason::Missing)),
            None => return Ok(Op::Passed),
        };
        if !self.portraits.are_outdated(registry, &id) {
            return Ok(Op::Passed);
        }
        if given {
            self.portrait(changes)?;
        } else {
            let Made { template, photo } = self.portraits.of_kept(registry, &id)?;
            changes.push(Change::Portrait { id, template, photo });
        }
        Ok(Op::Upsert)
    }

    fn delete(&self, changes: &mut Vec<Change>) -> Result<(), Reject> {
        let mut delete = |kind, number: Option<&str>| {
            if self.wants(kind)
                && let Some(number) = number
            {
                changes.push(Change::Delete { kind, number: Number::new(number) });
            }
        };
        delete(RecordKind::Resident, self.id(Column::IdNumber)?.as_ref().map(ResidentId::expose));
        delete(RecordKind::Mobile, self.mobile(Column::Mobile)?.as_ref().map(Mobile::expose));
        delete(RecordKind::BankCard, self.card()?.as_ref().map(BankCard::expose));
        for number in self.company_numbers()? {
            delete(RecordKind::Company, Some(number.expose()));
        }
        Ok(())
    }

    fn wants(&self, kind: RecordKind) -> bool {
        self.kind.is_none_or(|only| only == kind)
    }

    /// Every number that the company has a record under.
    fn company_numbers(&self) -> Result<Vec<CompanyNumber>, Reject> {
        let mut numbers = Vec::new();
        if let Some(number) = self.parsed(Column::CompanyNumber, CompanyNumber::parse)? {
            if let CompanyNumber::Credit(credit) = &number {
                numbers.extend(credit.org_code().map(CompanyNumber::Org));
            }
            numbers.push(number);
        }
        numbers.extend(self.parsed(Column::LicenceNumber, LicenceNumber::parse)?.map(CompanyNumber::Licence));
        Ok(numbers)
    }

    fn id(&self, column: Column) -> Result<Option<ResidentId>, Reject> {
        self.parsed(column, |text| ResidentId::parse(text, self.rules.today))
    }

    fn mobile(&self, column: Column) -> Result<Option<Mobile>, Reject> {
        self.parsed(column, Mobile::parse)
    }

    fn card(&self) -> Result<Option<BankCard>, Reject> {
        self.parsed(Column::BankCard, BankCard::parse)
    }

    fn name(&self, column: Column) -> Result<Option<PersonName>, Reject> {
        match self.parsed(column, |text| PersonName::parse_with(text, self.rules.private_use))? {
            Some(name) if !name.is_comparable() => Err(Reject::at(column, Reason::NotComparable)),
            name => Ok(name),
        }
    }

    fn company_name(&self) -> Result<Option<CompanyName>, Reject> {
        match self.parsed(Column::CompanyName, |text| CompanyName::parse_with(text, self.rules.private_use))? {
            Some(name) if !name.is_comparable() => Err(Reject::at(Column::CompanyName, Reason::NotComparable)),
            name => Ok(name),
        }
    }

    /// A field read by its kind; `None` where it is empty.
    fn parsed<T>(&self, column: Column, parse: impl Fn(&str) -> Result<Parsed<T>, Flaw>) -> Result<Option<T>, Reject> {
        match self.cells.text(column) {
            "" => Ok(None),
            text => match parse(text) {
                Ok(parsed) => Ok(Some(parsed.value)),
                Err(flaw) => Err(Reject::at(column, Reason::Flaw(flaw))),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use shiming_core::Unusable;

    use super::{
        super::{
            cells::RowReader,
            portrait::{Keep, tests::Backwards},
        },
        *,
    };

    const TODAY: Date = Date::constant(2026, 11, 25);

    fn row(json: &str) -> (Result<Op, Reject>, Vec<String>) {
        row_with(json, &PrivateUseTable::default())
    }

    fn row_with(json: &str, private_use: &PrivateUseTable) -> (Result<Op, Reject>, Vec<String>) {
        let (mut cells, mut changes) = (Cells::default(), Vec::new());
        let folder = std::path::Path::new("");
        let portraits = Portraits { engine: Some(&Backwards), folder, outdated_in: None, keep: Keep::Photo };
        let rules = Rules { today: TODAY, private_use };
        let read = RowReader::NdJson.read(json, &mut cells).and_then(|()| read(&cells, rules, portraits, &mut changes));
        let words = changes
            .iter()
            .map(|change| match change {
                Change::Upsert(record) => format!("{} {}", record.key().kind.word(), record.key().number),
                Change::Delete { kind, number } => format!("-{} {}", kind.word(), number.expose()),
                Change::Portrait { id, template, photo } => {
                    format!("portrait {} {} {photo:?}", id.expose(), template.expose().len())
                }
            })
            .collect();
        (read, words)
    }

    const PERSON: &str =
        r#""id_number":"110101190001010014","name":"样例甲","mobile":"13800000001","bankcard":"6200000000000005""#;

    #[test]
    fn a_person_has_a_record_under_each_number() {
        let (read, words) = row(&format!("{{{PERSON}}}"));
        assert_eq!(read.unwrap(), Op::Upsert);
        assert_eq!(words, ["bankcard 6200000000000005", "mobile 13800000001", "resident 110101190001010014"]);
    }

    #[test]
    fn kind_limits_a_row() {
        let (_, words) = row(&format!(r#"{{"kind":"mobile",{PERSON}}}"#));
        assert_eq!(words, ["mobile 13800000001"]);
        let (read, _) = row(&format!(r#"{{"kind":"company",{PERSON}}}"#));
        assert_eq!(read.unwrap_err(), Reject::of(Reason::NoNumber));
    }

    #[test]
    fn a_company_has_a_record_under_each_of_its_numbers() {
        let company = r#"{"company_name":"样例（北京）有限公司","company_number":"91110101MA00010186","licence_number":"110101000000108"}"#;
        let (read, words) = row(company);
        read.unwrap();
        assert_eq!(words, ["company MA0001018", "company 91110101MA00010186", "company 110101000000108"]);
    }

    #[test]
    fn a_row_with_one_bad_field_is_refused_whole() {
        let (read, words) = row(&format!(r#"{{{PERSON},"bank_mobile":"12"}}"#));
        let reject = read.unwrap_err();
        assert_eq!((reject.code(), reject.field()), ("LENGTH", "bank_mobile"));
        assert!(words.is_empty());
        let (read, words) = row(&format!(r#"{{{PERSON},"company_number":"91110101MA00010186"}}"#));
        assert_eq!(read.unwrap_err(), Reject::at(Column::CompanyName, Reason::Missing));
        assert!(words.is_empty());
    }

    #[test]
    fn a_person_without_number_or_name_is_refused() {
        assert_eq!(
            row(r#"{"name":"样例甲","mobile":"13800000001"}"#).0.unwrap_err(),
            Reject::at(Column::IdNumber, Reason::Missing)
        );
        assert_eq!(
            row(r#"{"id_number":"110101190001010014"}"#).0.unwrap_err(),
            Reject::at(Column::Name, Reason::Missing)
        );
        assert_eq!(row("{}").0.unwrap_err(), Reject::of(Reason::NoNumber));
    }

    #[test]
    fn a_portrait_goes_with_the_resident_record_and_refuses_the_row_when_it_is_bad() {
        let (read, words) = row(&format!(r#"{{{PERSON},"portrait":"cGhvdG8="}}"#));
        assert_eq!(read.unwrap(), Op::Upsert);
        assert_eq!(words.last().unwrap(), "portrait 110101190001010014 5 Kept(…)");
        let (read, words) = row(&format!(r#"{{{PERSON},"portrait":"Lg=="}}"#));
        assert_eq!(read.unwrap_err(), Reject::at(Column::Portrait, Reason::Portrait(Unusable::NoFace)));
        assert!(words.is_empty());
        let (read, words) = row(&format!(r#"{{"kind":"mobile",{PERSON},"portrait":"cGhvdG8="}}"#));
        read.unwrap();
        assert_eq!(words, ["mobile 13800000001"], "a row that is limited to another record has no use for it");
        let (read, _) = row(
            r#"{"company_name":"样例（北京）有限公司","company_number":"91110101MA00010186","portrait":"cGhvdG8="}"#,
        );
        assert_eq!(read.unwrap_err(), Reject::at(Column::IdNumber, Reason::Missing));
    }

    #[test]
    fn a_deletion_needs_numbers_only() {
        let (read, words) = row(r#"{"op":"delete","id_number":"110101190001010014","mobile":"13800000001"}"#);
        assert_eq!(read.unwrap(), Op::Delete);
        assert_eq!(words, ["-resident 110101190001010014", "-mobile 13800000001"]);
    }

    #[test]
    fn a_name_that_can_never_match_is_refused() {
        let (read, _) = row("{\"id_number\":\"110101190001010014\",\"name\":\"样\u{e001}\"}");
        assert_eq!(read.unwrap_err(), Reject::at(Column::Name, Reason::NotComparable));
    }

    #[test]
    fn a_name_that_the_operators_table_explains_goes_in() {
        let table = PrivateUseTable::from_csv("E001,9F98").unwrap();
        let json = "{\"id_number\":\"110101190001010014\",\"name\":\"样\u{e001}\"}";
        assert_eq!(row_with(json, &table).0.unwrap(), Op::Upsert);
        let other = json.replace('\u{e001}', "\u{e002}");
        assert_eq!(row_with(&other, &table).0.unwrap_err(), Reject::at(Column::Name, Reason::NotComparable));
    }

    #[test]
    fn words_that_are_unknown_are_refused() {
        assert_eq!(row(r#"{"op":"insert"}"#).0.unwrap_err(), Reject::at(Column::Op, Reason::UnknownWord));
        assert_eq!(row(r#"{"kind":"person"}"#).0.unwrap_err(), Reject::at(Column::Kind, Reason::UnknownWord));
    }
}
