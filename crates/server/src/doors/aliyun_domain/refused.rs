//! What is found out about a call: of one that was refused, beside it and for the operator; of a recorded one, by
//! `shiming explain`.

use http::HeaderName;
use jiff::Timestamp;
use shiming_core::UnixTime;
use shiming_wire::{
    aliyun::{
        No, Opened, Refusal, RequestId, Scheme, Switches, Unverified,
        sign::{TOKEN, parse_timestamp},
    },
    request::Request,
    time::Window,
};

use super::{AliyunCaller, AliyunDomain, NAME};
use crate::refusals::{Explained, Mistake, OwnedRequest, RefusedCall, Stage};

/// Looks into a call with the callers at hand: every stage of its signature, and what it is refused for. Without a clock
/// the timestamp is not judged. `forwarded_host` is a header in which a trusted proxy passes the host that was signed.
pub fn explain(
    request: &Request<'_>,
    callers: &[&AliyunCaller],
    clock: Option<(Timestamp, Window)>,
    forwarded_host: Option<&HeaderName>,
    switches: Switches,
) -> Explained {
    let opened = match Opened::read(request) {
        Ok(opened) => opened,
        Err(refusal) => return explained(&refusal, Vec::new()),
    };
    let opened = match forwarded(request, forwarded_host) {
        Some(host) => opened.with_host(host),
        None => opened,
    };
    let call = match Unverified::parse(&opened, switches) {
        Ok(call) => call,
        Err(refusal) => return explained(&refusal, Vec::new()),
    };
    match judge(call, callers, clock) {
        Err(refusal) => explained(&refusal, stages(&call)),
        Ok(()) => Explained {
            verifies: true,
            mistake: None,
            advice: "The signature verifies.".into(),
            advice_chinese: "签名验证通过。".into(),
            notes: Vec::new(),
            stages: stages(&call),
        },
    }
}

/// The host that the caller signed, where a trusted proxy passes it on.
pub(super) fn forwarded<'a>(request: &Request<'a>, name: Option<&HeaderName>) -> Option<&'a [u8]> {
    request.headers.get(name?).map(http::HeaderValue::as_bytes)
}

/// Steps 8 to 11, as the door takes them.
fn judge(call: Unverified<'_>, callers: &[&AliyunCaller], clock: Option<(Timestamp, Window)>) -> Result<(), Refusal> {
    let (now, window) = match clock {
        Some(clock) => clock,
        // Its own moment is always in time.
        None => (parse_timestamp(call.claimed_moment()).ok_or(No::TimestampFormat)?, Window::FIFTEEN_MINUTES),
    };
    let timely = call.within(now, window)?;
    let claimed = call.claimed_access_key();
    let caller = callers.iter().find(|caller| caller.access_key == claimed).ok_or(No::UnknownAccessKey)?;
    if !caller.enabled {
        return Err(No::AccessKeyInactive.into());
    }
    timely.verify(&caller.key()).map(drop)
}

fn explained(refusal: &Refusal, stages: Vec<Stage>) -> Explained {
    let (slug, english, chinese) = words(refusal.no());
    Explained {
        verifies: false,
        mistake: slug.map(|slug| Mistake::new(slug, english, chinese)),
        advice: english.into(),
        advice_chinese: chinese.into(),
        notes: Vec::new(),
        stages,
    }
}

/// What a refusal means to who made the call. Which mistake a wrong signature comes from is not said by the refusal.
fn words(no: No) -> (Option<&'static str>, &'static str, &'static str) {
    match no {
        No::AccessKeyInactive => (
            Some("caller-disabled"),
            "The caller is registered here and disabled: none of its calls is taken until an operator enables it.",
            "该调用方已在本服务登记，但已被停用；在运维人员重新启用之前，它的调用一律不受理。",
        ),
        No::UnknownAccessKey => (
            Some("unknown-access-key"),
            "No caller with this access key is registered here. Compare it with the list of callers.",
            "本服务没有登记使用该 AccessKey 的调用方，请与调用方列表核对。",
        ),
        No::TimestampExpired => (
            Some("clock"),
            "The moment of signing lies outside the window: set the client's clock, and sign in UTC.",
            "签名时间超出允许的时间窗口：请校准客户端时钟，并使用 UTC 时间签名。",
        ),
        No::TimestampFormat => (
            Some("timestamp-format"),
            "The moment of signing must be written as 2026-11-21T20:19:06Z: twenty characters, UTC.",
            "签名时间必须写成 2026-11-21T20:19:06Z 的形式：二十个字符，UTC 时间。",
        ),
        No::SecurityTokenMismatch | No::Missing => (
            Some("parts"),
            "A part of the signature is missing, or the security token is not the one of this access key.",
            "缺少签名所需的参数，或安全令牌与该 AccessKey 不符。",
        ),
        No::SignatureMethod => (
            Some("signature-method"),
            "This kind of signature is not taken: HMAC-SHA1 with version 1.0, or ACS3-HMAC-SHA256.",
            "不支持该签名方式：请使用 HMAC-SHA1（版本 1.0）或 ACS3-HMAC-SHA256。",
        ),
        No::IncompleteSignature => (
            Some("header-not-signed"),
            "SignedHeaders must list every x-acs- header that is sent.",
            "SignedHeaders 必须列出请求中发送的每一个 x-acs- 请求头。",
        ),
        No::SignatureDoesNotMatch => (
            None,
            "Compare the string to sign below with the client's, character by character; if they are the same, the secret differs.",
            "请将下面的待签名字符串与客户端的逐字比较；如果两者相同，则是密钥不同。",
        ),
        _ => (
            Some("not-a-call"),
            "The request is refused before its signature is looked at: its version, operation, method or parameters are not right.",
            "请求在验证签名之前就被拒绝：版本、操作、请求方法或参数不正确。",
        ),
    }
}

impl AliyunDomain {
    /// Finds out about the refusal beside the call, and keeps what the operator may see of it.
    pub(super) fn look_into(&self, call: &Unverified<'_>, request_id: &RequestId, now: UnixTime, refusal: &Refusal) {
        let request_id = request_id.as_str();
        let known = self.tools.callers.find(call.claimed_access_key());
        // A stranger's word in place of an access key may be somebody's secret.
        let caller = known.as_ref().map_or("unknown", |held| &held.caller.access_key);
        let Some(place) = self.tools.refusals.place(caller) else {
            tracing::warn!(door = NAME, caller, request_id, "call refused: too many of them to look into each");
            return;
        };
        let owned = OwnedRequest::of(call.opened().request());
        let forwarded_host = self.settings.forwarded_host.clone();
        let callers = self.tools.callers.all();
        let (clock, switches) = ((now.timestamp(), self.settings.window), self.settings.switches);
        let (caller, refusal, request_id) = (caller.to_owned(), refusal.to_string(), request_id.to_owned());
        let operation = call.operation().name;
        place.look_into(move || {
            let request = owned.as_request();
            let callers: Vec<_> = callers.iter().map(|held| &held.caller).collect();
            let Explained { mistake, advice, advice_chinese, stages, .. } =
                explain(&request, &callers, Some(clock), forwarded_host.as_ref(), switches);
            RefusedCall {
                at: now.timestamp().to_string(),
                door: NAME.into(),
                request_id,
                caller,
                request: format!("{} {operation}", request.method),
                refusal,
                mistake,
                advice,
                advice_chinese,
                stages,
            }
        });
    }
}

/// Parameters whose values are nobody's.
const SHOWN: &[&str] = &[
    "Action",
    "Format",
    "RegionId",
    "SignatureMethod",
    "SignatureNonce",
    "SignatureType",
    "SignatureVersion",
    "Timestamp",
    "Version",
];

/// The stages as this server computes them. Values of all but the common parameters give way to dots, and so does a token.
fn stages(call: &Unverified<'_>) -> Vec<Stage> {
    if call.opened().scheme() == Scheme::Rpc {
        return vec![Stage::new("string to sign", masked_rpc(&call.string_to_sign()))];
    }
    vec![
        Stage::new("SignedHeaders", call.signed_headers()),
        Stage::new("canonical request", masked_acs3(&call.canonical_request().unwrap_or_default())),
        Stage::new("string to sign", call.string_to_sign()),
    ]
}

/// `METHOD&%2F&`, and behind it the parameters encoded once more.
fn masked_rpc(text: &str) -> String {
    let mut parts = text.splitn(3, '&');
    let (method, path, canonical) = (parts.next(), parts.next(), parts.next().unwrap_or_default());
    let masked = canonical.split("%26").map(|pair| masked_pair(pair, "%3D")).collect::<Vec<_>>().join("%26");
    [method.unwrap_or_default(), path.unwrap_or_default(), &masked].join("&")
}

/// The query is the third line.
fn masked_acs3(canonical: &str) -> String {
    let token = format!("{TOKEN}:");
    let lines = canonical.split('\n').enumerate().map(|(number, line)| match number {
        2 => line.split('&').map(|pair| masked_pair(pair, "=")).collect::<Vec<_>>().join("&"),
        _ if line.starts_with(&token) => format!("{token}…"),
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn masked_pair(pair: &str, between: &str) -> String {
    match pair.split_once(between) {
        Some((name, _)) if !SHOWN.contains(&name) => format!("{name}{between}…"),
        _ => pair.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_to_sign_shows_no_value_but_the_common_ones() {
        let text = "POST&%2F&Action%3DSave%26CName%3D%25E5%25BC%25A0%26Credential%3DAAAA%253D%26Timestamp%3D2026";
        assert_eq!(masked_rpc(text), "POST&%2F&Action%3DSave%26CName%3D…%26Credential%3D…%26Timestamp%3D2026");
        let text = "POST\n/\nCName=%E5%BC%A0&Version=1\nhost:a\nx-acs-security-token:T\n\nhost\nhash";
        let masked = "POST\n/\nCName=…&Version=1\nhost:a\nx-acs-security-token:…\n\nhost\nhash";
        assert_eq!(masked_acs3(text), masked);
    }
}
