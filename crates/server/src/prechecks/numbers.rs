//! Numbers on the form: their form and their check characters.

use jiff::civil::Date;
use shiming_core::submit::{Field, Judgement, Means, Topic};
use shiming_identity::{CompanyNumber, Flaw, Mobile, ResidentId, Warnings};

use super::Look;

/// Looks at every number whose kind has a rule. A passport's or a permit's has none that is published.
pub(super) fn look(look: &mut Look<'_>) {
    let today = look.now.china_date();
    let form = look.form;
    for field in &form.fields {
        if let Some((topic, read)) = read(field, today) {
            let (judgement, why) = judge(read);
            look.say(topic, &field.name, judgement, why);
        }
    }
}

fn read(field: &Field, today: Date) -> Option<(Topic, Result<Warnings, Flaw>)> {
    let value = field.value.as_str();
    match field.means {
        Means::OrganisationNumber => Some((Topic::Number, CompanyNumber::parse(value).map(|parsed| parsed.warnings))),
        Means::LegalPersonNumber | Means::PersonNumber => {
            Some((Topic::Number, ResidentId::parse(value, today).map(|parsed| parsed.warnings)))
        }
        Means::Mobile => Some((Topic::Mobile, Mobile::parse(value).map(|parsed| parsed.warnings))),
        _ => None,
    }
}

/// What is odd about a number that fits is for a person to look at.
fn judge(read: Result<Warnings, Flaw>) -> (Judgement, &'static str) {
    match read {
        Err(flaw) => (Judgement::Bad, flaw.code()),
        Ok(warnings) => match warnings.iter().next() {
            Some(warning) => (Judgement::Doubt, warning.code()),
            None => (Judgement::Clear, "well formed"),
        },
    }
}
