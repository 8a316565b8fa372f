//! `explain --server-said`: the vendor's own refusal beside the request.

use std::path::Path;

use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};
use serde_json::Value;
use shiming_server::refusals::{Stage, UNEXPLAINED};
use shiming_wire::{
    Request,
    aliyun::{
        Opened,
        server_said::{Compared, Said},
    },
    diagnosis,
    volcengine::server_said,
};

use super::{Finding, Told, aliyun, volcengine};
use crate::{
    commands::{replay::saved::Saved, terms::read_input},
    trouble::Trouble,
};

/// A string to sign holds a picture three times over.
const LONGEST_ANSWER: u64 = 32 << 20;

/// Reads the answer and adds to what was told where it and the request part. Alibaba Cloud's refusals hold the text that the server
/// signed, Volcengine's say how far the request came; of the other vendors' the code is told.
pub(super) fn add(told: &mut Told, request: &Request<'_>, file: &Path) -> Result<(), Trouble> {
    let bytes = read_input(file, LONGEST_ANSWER)?;
    let saved = Saved::parse(&bytes);
    let body = saved.as_ref().map_or(bytes.as_slice(), |saved| saved.body);
    match told.door {
        aliyun::NAME => {
            let said = Said::parse(body).ok_or_else(|| no_refusal(file))?;
            signed_text(told, request, &said)?;
        }
        volcengine::NAME => {
            let date = saved.as_ref().and_then(|saved| http_date(saved.header("date")?));
            let said = server_said::Said::parse(body, date).ok_or_else(|| no_refusal(file))?;
            let server_said::Compared { finding, parts, stages } = said.compare(request, told.finding.verifies);
            told.stages.extend(stages.into_iter().map(|stage| Stage::new(stage.name, stage.text)));
            name(told, &finding, parts);
        }
        _ => {
            let code = code(body).ok_or_else(|| no_refusal(file))?;
            told.notes.push(format!("the vendor's answer has code {code} and no text that its server signed"));
        }
    }
    Ok(())
}

/// Holds the text that Alibaba Cloud's server signed against the request's.
fn signed_text(told: &mut Told, request: &Request<'_>, said: &Said) -> Result<(), Trouble> {
    let opened = Opened::read(request)
        .map_err(|refusal| Trouble::usage(format!("the request's parameters cannot be read: {}", refusal.english())))?;
    let compared = said.compare(&opened);
    if let Compared::Differs(difference) = &compared {
        told.stages.push(Stage::new("first byte that differs in the server's text", difference.at.to_string()));
        told.stages.push(Stage::new("the server has there", difference.server.as_str()));
        told.stages.push(Stage::new("the request gives there", difference.ours.as_str()));
    }
    name(told, compared.finding(), matches!(compared, Compared::Differs(_)));
    Ok(())
}

/// Makes what the answer says the end of it, where that says most. Where answer and request do not part, a mistake that gives the
/// client's signature says more.
fn name(told: &mut Told, finding: &diagnosis::Finding, parts: bool) {
    let named = Finding::new(finding.mistake.slug, finding.english(), finding.chinese());
    let keep = !parts && !told.finding.verifies && !["no-secret", UNEXPLAINED].contains(&told.finding.slug.as_str());
    let other = if keep { named } else { std::mem::replace(&mut told.finding, named) };
    let said_more = !["no-secret", UNEXPLAINED, "verifies"].contains(&other.slug.as_str());
    told.notes.extend(said_more.then(|| format!("[{}] {}", other.slug, other.english)));
}

/// The moment of a header `Date`.
fn http_date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text).ok()
}

fn no_refusal(file: &Path) -> Trouble {
    Trouble::usage(format!("{} is no refusal in this vendor's form", file.display()))
        .advice("the file holds the answer's body, JSON or XML, or all of it with its headers, as `curl -i` saves it")
}

/// The code in another vendor's answer: words of a program, cut short.
fn code(body: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let places = ["/error/status", "/code"];
    let code = places.iter().find_map(|place| answer.pointer(place)).or_else(|| {
        let node = answer.as_object()?.values().find(|node| node.get("code").is_some())?;
        node.get("sub_code").or_else(|| node.get("code"))
    })?;
    let code = code.as_str().map_or_else(|| code.to_string(), str::to_owned);
    Some(code.chars().filter(char::is_ascii_graphic).take(64).collect())
}
