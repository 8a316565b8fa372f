//! What the key is derived from: the secret, the generation, the words of the scope.

use super::super::attempt::{Change, Words};
use super::{Candidate, Mistake, Tries, Unverified, shared, words};
use crate::diagnosis::secrets::{MOST_CANDIDATES, registered, stray};
use crate::jdcloud::sign::{Generation, SERVICE};

pub(super) fn secrets<'a>(tries: &mut Tries<'a>, own: &Candidate<'a>, all: &[Candidate<'a>]) {
    let secret = own.secret.expose();
    let made = |text: &str| Change::Secret(text.to_owned().into());
    stray(tries, &shared::SECRET_STRAY, secret, |index, _| index < 3, &made);
    registered(tries, &shared::REGISTERED_STRAY, secret, &made);
    tries.add(&shared::SECRET_EMPTY, "", Change::Secret("".into()));
    tries.add(&shared::SIGNED_WITH_ACCESS_KEY, "", Change::Secret(own.access_key.into()));
    for other in all.iter().filter(|other| other.access_key != own.access_key).take(MOST_CANDIDATES) {
        tries.common(&shared::OTHER_SECRET, "", Change::Secret(other.secret.expose().into()));
    }
}

pub(super) fn generations<'a>(tries: &mut Tries<'a>, call: &Unverified<'a>) {
    let other = call.scope().generation.other();
    tries.common(&words::GENERATION, other.algorithm(), Change::Generation(other));
    for prefix in [other.key_prefix(), "", "JDCLOUD", "AWS4"] {
        let detail = if prefix.is_empty() { "\"\"" } else { prefix };
        tries.add(&words::PREFIX, detail, Change::Prefix(prefix));
    }
    for label in [other.algorithm(), "AWS4-HMAC-SHA256", "HMAC-SHA256"] {
        tries.add(&words::LABEL, label, Change::Label(label));
    }
    let words = written(call);
    for terminator in [Generation::Two.terminator(), Generation::Three.terminator(), "jdcloud_request", "aws4_request"]
    {
        replaced(tries, call, &words::TERMINATOR, terminator, Words { terminator, ..words });
    }
}

pub(super) fn scopes<'a>(tries: &mut Tries<'a>, call: &Unverified<'a>) {
    const REGIONS: &[&str] =
        &["jdcloud-api", "jdcloud", "cn-north-1", "cn-east-1", "cn-east-2", "cn-south-1", "cn-northeast-1", ""];
    const SERVICES: &[&str] = &[SERVICE, "auth", "idauth", "vm", "common", "jdcloud-api", "personal", ""];
    let words = written(call);
    for region in REGIONS {
        replaced(tries, call, &words::REGION, region, Words { region, ..words });
    }
    for service in SERVICES {
        replaced(tries, call, &words::SERVICE_NAME, service, Words { service, ..words });
    }
    if let Some(day) = call.date().get(..8) {
        let right = Words { date: day, ..words };
        tries.add(&words::CREDENTIAL_DATE, "", Change::Words { key: Some(right), scope: None });
        tries.add(&words::CREDENTIAL_DATE, "", Change::Words { key: None, scope: Some(right) });
        tries.add(&words::CREDENTIAL_DATE, "", Change::Words { key: Some(right), scope: Some(right) });
    }
}

fn written<'a>(call: &Unverified<'a>) -> Words<'a> {
    let scope = call.scope();
    Words {
        date: scope.date,
        region: scope.region,
        service: scope.service,
        terminator: call.authorization().terminator,
    }
}

/// Another word in the key, in the string to sign, or in both.
fn replaced<'a>(
    tries: &mut Tries<'a>,
    call: &Unverified<'a>,
    mistake: &'static Mistake,
    detail: &'static str,
    words: Words<'a>,
) {
    if words == written(call) {
        return;
    }
    for (key, scope) in [(Some(words), None), (Some(words), Some(words)), (None, Some(words))] {
        tries.add(mistake, detail, Change::Words { key, scope });
    }
}
