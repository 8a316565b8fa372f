//! An answer or a refusal to exact bytes, JSON and XML. Docs: Alibaba Cloud Domain specification, sections 6.1 to 6.3, 7.6, 7.8, 9.2, 9.3.
//!
//! Why each line is as it is: the tea SDKs know an XML error only by the exact Content-Type; Java reads no `\u` escapes and no list of
//! the other shape; a successful answer with a `Code` makes Node throw.

use std::borrow::Cow;
use std::fmt;

use super::codes::Refusal;
use super::opened::{Format, Lang};
use super::operations::Operation;
use crate::hex::hex;

/// The id of one answer: an upper-case UUID.
#[derive(Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// Makes an id from 16 random bytes.
    pub fn from_random(mut random: [u8; 16]) -> Self {
        random[6] = random[6] & 0x0f | 0x40;
        random[8] = random[8] & 0x3f | 0x80;
        let mut text = hex(&random).to_ascii_uppercase();
        for at in [20, 16, 12, 8] {
            text.insert(at, '-');
        }
        Self(text)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The value of a member of an answer.
#[derive(Clone)]
pub enum Value<'a> {
    /// A text.
    Text(Cow<'a, str>),
    /// A number.
    Number(i64),
    /// A truth value.
    Truth(bool),
    /// A list of things, each with members.
    List {
        /// The name of one thing: the XML element of each.
        item: &'static str,
        /// Whether JSON has an object with one member of that name around the list.
        wrapped: bool,
        /// The things.
        items: Vec<Vec<Member<'a>>>,
    },
}

/// A member: name and value.
pub type Member<'a> = (&'static str, Value<'a>);

impl<'a> Value<'a> {
    /// A text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value(…)")
    }
}

/// Fail records as the member `Data`: wrapped in 2016-05-11, plain in 2018-01-29. Each SDK breaks on the other form.
pub fn fail_records<'a>(operation: &Operation, records: &[(&'a str, &'a str)]) -> Member<'a> {
    let record =
        |&(date, reason): &(&'a str, &'a str)| vec![("Date", Value::text(date)), ("FailReason", Value::text(reason))];
    let wrapped = operation.version == super::Version::V2016;
    ("Data", Value::List { item: "FailRecord", wrapped, items: records.iter().map(record).collect() })
}

/// The list of templates or profiles, wrapped in both versions.
pub fn holders<'a>(operation: &Operation, items: Vec<Vec<Member<'a>>>) -> Member<'a> {
    match operation.version {
        super::Version::V2016 => ("ContactTemplates", Value::List { item: "ContactTemplate", wrapped: true, items }),
        super::Version::V2018 => {
            ("RegistrantProfiles", Value::List { item: "RegistrantProfile", wrapped: true, items })
        }
    }
}

/// An answer, ready to send.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The exact Content-Type.
    pub content_type: &'static str,
    /// The id, for the header `x-acs-request-id` and the log.
    pub request_id: RequestId,
    /// The exact bytes of the body; never to be compressed.
    pub body: Vec<u8>,
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({}, {} bytes)", self.status, self.body.len())
    }
}

/// The answer of an operation: `RequestId`, then the members.
pub fn success(request_id: RequestId, format: Format, operation: &Operation, members: &[Member<'_>]) -> Reply {
    let root = [operation.name, "Response"].concat();
    write(200, request_id, format, &root, members)
}

/// The answer that refuses. `host_id` is the endpoint's name.
pub fn refusal(request_id: RequestId, format: Format, lang: Lang, refusal: &Refusal, host_id: &str) -> Reply {
    let message = if lang == Lang::Chinese { refusal.chinese() } else { refusal.english() };
    let members =
        [("HostId", Value::text(host_id)), ("Code", Value::Text(refusal.code())), ("Message", Value::Text(message))];
    write(refusal.status(), request_id, format, "Error", &members)
}

fn write(status: u16, request_id: RequestId, format: Format, root: &str, members: &[Member<'_>]) -> Reply {
    let mut all = vec![("RequestId", Value::text(request_id.as_str()))];
    all.extend_from_slice(members);
    let mut out = String::new();
    let content_type = match format {
        Format::Json => {
            put_object(&mut out, &all);
            "application/json;charset=utf-8"
        }
        Format::Xml => {
            out.push_str("<?xml version='1.0' encoding='UTF-8'?>");
            put_element(&mut out, root, |out| put_elements(out, &all));
            "text/xml;charset=utf-8"
        }
    };
    Reply { status, content_type, request_id, body: out.into_bytes() }
}

fn put_object(out: &mut String, members: &[Member<'_>]) {
    out.push('{');
    for (index, (name, value)) in members.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        put_json_text(out, name);
        out.push(':');
        match value {
            Value::Text(text) => put_json_text(out, text),
            Value::Number(number) => out.push_str(&number.to_string()),
            Value::Truth(truth) => out.push_str(if *truth { "true" } else { "false" }),
            Value::List { item, wrapped, items } => {
                if *wrapped {
                    out.push('{');
                    put_json_text(out, item);
                    out.push(':');
                }
                out.push('[');
                for (index, members) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    put_object(out, members);
                }
                out.push_str(if *wrapped { "]}" } else { "]" });
            }
        }
    }
    out.push('}');
}

/// Raw UTF-8: Java reads a `\u` escape wrongly, so a control character without a short escape becomes a blank.
fn put_json_text(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '\0'..='\x1f' => out.push(' '),
            _ => out.push(letter),
        }
    }
    out.push('"');
}

fn put_element(out: &mut String, name: &str, inside: impl FnOnce(&mut String)) {
    for piece in ["<", name, ">"] {
        out.push_str(piece);
    }
    inside(out);
    for piece in ["</", name, ">"] {
        out.push_str(piece);
    }
}

fn put_elements(out: &mut String, members: &[Member<'_>]) {
    for (name, value) in members {
        put_element(out, name, |out| match value {
            Value::Text(text) => put_xml_text(out, text),
            Value::Number(number) => out.push_str(&number.to_string()),
            Value::Truth(truth) => out.push_str(if *truth { "true" } else { "false" }),
            Value::List { item, items, .. } => {
                for members in items {
                    put_element(out, item, |out| put_elements(out, members));
                }
            }
        });
    }
}

/// What XML 1.0 cannot hold at all becomes a blank.
fn put_xml_text(out: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            '\n' | '\t' => out.push(letter),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => out.push(' '),
            _ => out.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aliyun::codes::No;
    use crate::aliyun::operations::route;

    fn id() -> RequestId {
        RequestId::from_random([0xab; 16])
    }

    fn body(reply: &Reply) -> &str {
        std::str::from_utf8(&reply.body).unwrap()
    }

    #[test]
    fn success_has_the_vendors_shape_and_no_code() {
        let operation = route("2016-05-11", "SaveContactTemplateCredential", "POST").unwrap();
        let json = success(id(), Format::Json, operation, &[]);
        assert_eq!(body(&json), r#"{"RequestId":"ABABABAB-ABAB-4BAB-ABAB-ABABABABABAB"}"#);
        assert_eq!((json.status, json.content_type), (200, "application/json;charset=utf-8"));
        let xml = success(id(), Format::Xml, operation, &[]);
        assert_eq!(
            body(&xml),
            "<?xml version='1.0' encoding='UTF-8'?><SaveContactTemplateCredentialResponse><RequestId>ABABABAB-ABAB-4BAB-ABAB-ABABABABABAB</RequestId></SaveContactTemplateCredentialResponse>"
        );
        assert_eq!(xml.content_type, "text/xml;charset=utf-8");
    }

    #[test]
    fn lists_are_wrapped_where_the_sdks_want_it() {
        let old = route("2016-05-11", "QueryFailReasonList", "GET").unwrap();
        let new = route("2018-01-29", "QueryFailReasonForRegistrantProfileRealNameVerification", "GET").unwrap();
        let records = [("2017-03-17 11:08:02", "证件<不>合格")];
        let answer = |operation, format| {
            body(&success(id(), format, operation, &[fail_records(operation, &records)])).to_owned()
        };
        let record = r#"[{"Date":"2017-03-17 11:08:02","FailReason":"证件<不>合格"}]"#;
        assert!(answer(old, Format::Json).ends_with(&format!(",\"Data\":{{\"FailRecord\":{record}}}}}")));
        assert!(answer(new, Format::Json).ends_with(&format!(",\"Data\":{record}}}")));
        for operation in [old, new] {
            assert!(answer(operation, Format::Xml).contains("<Data><FailRecord><Date>2017-03-17 11:08:02</Date><FailReason>证件&lt;不&gt;合格</FailReason></FailRecord></Data>"));
        }
        let query = route("2016-05-11", "QueryContactTemplate", "GET").unwrap();
        for (count, json, xml) in [
            (0, r#""ContactTemplates":{"ContactTemplate":[]}"#, "<ContactTemplates></ContactTemplates>"),
            (
                1,
                r#"{"ContactTemplate":[{"ContactTemplateId":7,"DefaultTemplate":true}]}"#,
                "<ContactTemplate><ContactTemplateId>7</ContactTemplateId><DefaultTemplate>true</DefaultTemplate></ContactTemplate>",
            ),
            (2, r"},{", "</ContactTemplate><ContactTemplate>"),
        ] {
            let item = vec![("ContactTemplateId", Value::Number(7)), ("DefaultTemplate", Value::Truth(true))];
            let members = [holders(query, vec![item; count])];
            assert!(body(&success(id(), Format::Json, query, &members)).contains(json), "{count}");
            assert!(body(&success(id(), Format::Xml, query, &members)).contains(xml), "{count}");
        }
    }

    #[test]
    fn a_refusal_is_written_in_the_asked_form_and_language() {
        let no = Refusal::of(No::ParameterIllegal);
        let json = refusal(id(), Format::Json, Lang::Chinese, &no, "domain.aliyuncs.com");
        assert_eq!(
            body(&json),
            r#"{"RequestId":"ABABABAB-ABAB-4BAB-ABAB-ABABABABABAB","HostId":"domain.aliyuncs.com","Code":"ParameterIllegal","Message":"参数错误"}"#
        );
        let mismatch = Refusal::with_evidence(No::SignatureDoesNotMatch, "POST&%2F&A%3D1");
        let xml = refusal(id(), Format::Xml, Lang::English, &mismatch, "a\"&<b");
        assert_eq!((xml.status, xml.content_type), (400, "text/xml;charset=utf-8"));
        assert!(body(&xml).ends_with("<HostId>a\"&amp;&lt;b</HostId><Code>SignatureDoesNotMatch</Code><Message>Specified signature is not matched with our calculation. server string to sign is:POST&amp;%2F&amp;A%3D1</Message></Error>"));
    }

    #[test]
    fn json_text_is_raw_but_for_what_must_be_escaped() {
        let mut out = String::new();
        put_json_text(&mut out, "张/\"\\\n\r\t\u{8}\u{c}\u{1}é");
        assert_eq!(out, "\"张/\\\"\\\\\\n\\r\\t\\b\\f é\"");
    }
}
