//! `[policy]`: which sources answer which check, and in what order.

use shiming_core::{Check, SourceId};

use crate::trouble::Trouble;

section!("policy", "Which sources answer which check, first to last; the first that has a record decides. Sources: registry, rehearsal.", Policy {
    /// For every check that has no list of its own.
    default: Vec<String> = vec!["registry".into()],
    /// Name and resident number (姓名身份证二要素).
    resident2: Option<Vec<String>> = None,
    /// Name, resident number and portrait (人像三要素).
    portrait3: Option<Vec<String>> = None,
    /// Name, resident number and bank card (银行卡三要素).
    bankcard3: Option<Vec<String>> = None,
    /// The same and mobile number (银行卡四要素).
    bankcard4: Option<Vec<String>> = None,
    /// Name and mobile number (手机号二要素).
    mobile2: Option<Vec<String>> = None,
    /// Name, resident number and mobile number (手机号三要素).
    mobile3: Option<Vec<String>> = None,
    /// Company name and number (企业二要素).
    company2: Option<Vec<String>> = None,
    /// The same and the legal representative's name (企业三要素).
    company3: Option<Vec<String>> = None,
    /// The same and the legal representative's resident number (企业四要素).
    company4: Option<Vec<String>> = None,
});

/// The sources that there are.
pub(crate) const SOURCES: [&str; 2] = ["registry", "rehearsal"];

impl Policy {
    /// As the core takes it. Refuses a source that there is none of.
    pub(crate) fn for_core(&self) -> Result<shiming_core::Policy, Trouble> {
        let mut policy = shiming_core::Policy::all_from(sources("default", &self.default)?);
        for (check, list) in self.lists() {
            if let Some(list) = list {
                policy = policy.with(check, sources(check.word(), list)?);
            }
        }
        Ok(policy)
    }

    fn lists(&self) -> [(Check, Option<&Vec<String>>); 9] {
        [
            (Check::Resident2, self.resident2.as_ref()),
            (Check::Portrait3, self.portrait3.as_ref()),
            (Check::BankCard3, self.bankcard3.as_ref()),
            (Check::BankCard4, self.bankcard4.as_ref()),
            (Check::Mobile2, self.mobile2.as_ref()),
            (Check::Mobile3, self.mobile3.as_ref()),
            (Check::Company2, self.company2.as_ref()),
            (Check::Company3, self.company3.as_ref()),
            (Check::Company4, self.company4.as_ref()),
        ]
    }
}

fn sources(key: &str, list: &[String]) -> Result<Vec<SourceId>, Trouble> {
    if let Some(unknown) = list.iter().find(|name| !SOURCES.contains(&name.as_str())) {
        return Err(Trouble::usage(format!(
            "[policy] {key} names the source `{unknown}`, and there is none of that name"
        ))
        .advice(format!("sources are: {}", SOURCES.join(", "))));
    }
    Ok(list.iter().map(|name| SourceId::from(name.as_str())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_a_key() {
        let keys: Vec<_> = Policy::default().lists().map(|(check, _)| check).into();
        assert_eq!(keys, Check::ALL);
        let names: Vec<_> =
            super::super::Section::keys(&Policy::default()).into_iter().skip(1).map(|key| key.name).collect();
        assert_eq!(names, Check::ALL.map(Check::word));
    }

    #[test]
    fn an_unknown_source_is_named() {
        let policy = Policy { mobile3: Some(vec!["registri".into()]), ..Policy::default() };
        let trouble = policy.for_core().unwrap_err().to_string();
        assert!(trouble.contains("[policy] mobile3 names the source `registri`"), "{trouble}");
    }
}
