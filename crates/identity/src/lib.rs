//! What people and companies are known by in China: resident numbers, permits, passports, names, mobile numbers, bank
//! cards, credit codes.
//!
//! Each kind is a type that only its `parse` can make, so a value of it is always well formed and in its comparison form.
//! `parse` says *why* it refuses (a [`Flaw`]) and what is odd about what it accepts ([`Warnings`]); what is a warning or an
//! error at the operator's choice becomes an error by [`Parsed::strict`].
//!
//! Docs: China identity domain rules, sections 0 to 6 and 9.1. Everything here is a pure function: no clock (`today`, the
//! civil date in UTC+08:00, is an argument), no files, no network. Nothing here compares with a registry.
//!
//! No value is ever printed: `Debug` gives the type's name, errors are sentences without the value, and the one way to
//! read it is `expose`. Values are wiped from memory when dropped.

mod areas;
mod bank_card;
mod bins;
mod classify;
mod company_name;
mod company_number;
mod country;
mod credit_code;
mod decode;
mod flaw;
mod fold;
mod foreigner;
pub mod inspect;
mod licence;
pub mod mask;
mod mobile;
mod name;
mod org_code;
mod papers;
mod province;
mod resident;
mod secret;
mod table;

/// A civil date. `today` is always the one in UTC+08:00.
pub use jiff::civil::Date;

pub use areas::{Area, AreaTable, area_warnings};
pub use bank_card::BankCard;
pub use bins::{Bin, BinTable, CardKind, bin_warnings};
pub use classify::{Classified, Hint, classify};
pub use company_name::CompanyName;
pub use company_number::CompanyNumber;
pub use country::Country;
pub use credit_code::{Category, CreditCode};
pub use decode::{decode_gb18030, decode_utf8, encode_gb18030, encode_gbk};
pub use flaw::{Flaw, Parsed, Warning, Warnings};
pub use foreigner::ForeignerPermit;
pub use licence::{LicenceHolder, LicenceNumber};
pub use mobile::{Carrier, Mobile, Segment, SegmentUse};
pub use name::pua::PrivateUseTable;
pub use name::recipe::RECIPE_VERSION;
pub use name::{Comma, NameHint, NameMatch, PersonName};
pub use org_code::OrgCode;
pub use papers::{Paper, PaperKind, PaperMatch};
pub use province::{PROVINCES, Province};
pub use resident::{OLDEST_BIRTH, ResidentId, ResidentKind, Sex, upgrade15};
pub use table::TableError;

use province::province;

/// Check characters of numbers that are yet to be made, for test data and migrations.
pub mod check {
    /// See [`crate::BankCard`].
    pub use crate::bank_card::check_digit as bank_card;
    /// See [`crate::CreditCode`].
    pub use crate::credit_code::check_character as credit_code;
    /// See [`crate::ForeignerPermit`].
    pub use crate::foreigner::check_digit as foreigner_permit;
    /// See [`crate::LicenceNumber`].
    pub use crate::licence::check_digit as licence;
    /// See [`crate::OrgCode`].
    pub use crate::org_code::check_character as org_code;
    /// See [`crate::ResidentId`].
    pub use crate::resident::check_character as resident_id;
}
