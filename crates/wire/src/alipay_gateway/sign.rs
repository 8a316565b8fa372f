//! The text to sign and the signature. Docs: Alipay gateway specification, section 1.5.
//!
//! Both directions share every line: [`Parameters`] are the union of query and body, as raw bytes, and [`Parameters::string_to_sign`]
//! is the vendor's text over them. It is written into a hash when a signature is checked, into a text when a person wants to look.

use std::borrow::Cow;
use std::fmt;

use aws_lc_rs::digest::{Context, Digest};

use super::codes::{Content, Echo, No, Refusal, html_escaped};
use crate::alipay::form::{self, Field};
use crate::alipay::keys::Algorithm;
use crate::alipay::multipart::{self, Malformed, Part};
use crate::alipay::text::Charset;
use crate::diagnosis::shown_name;
use crate::request::Request;

/// What happens to parameters without a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Empties {
    /// Left out: Java, PHP and the vendor's guide.
    Dropped,
    /// Kept as `name=`: Python for extra parameters, Node when the caller passes an empty text.
    Kept,
}

/// More parameters than any client sends.
pub const MAX_PARAMETERS: usize = 1024;

/// The parameters of a request in the order they came, query first; the same name once.
#[derive(Clone)]
pub struct Parameters<'a> {
    fields: Vec<Field<'a>>,
    /// How many of them stand in the query.
    in_query: usize,
}

impl<'a> Parameters<'a> {
    /// Gathers the parameters of query and body. Always gives what could be read, so that a refusal can be answered in the right
    /// frame, together with what is wrong.
    pub fn gather(request: &Request<'a>) -> (Self, Option<Refusal>) {
        let mut fields = Vec::with_capacity(24);
        // One more than are taken shows that there are too many.
        fields.extend(form::fields(request.query().unwrap_or_default().as_bytes()).take(MAX_PARAMETERS + 1));
        let in_query = fields.len().min(MAX_PARAMETERS);
        let room = MAX_PARAMETERS + 1 - in_query;
        // Without a body everything is in the query, whatever the headers announce.
        let body = match multipart::boundary(request.headers).filter(|_| !request.body.is_empty()) {
            Some(boundary) => boundary.and_then(|boundary| multipart::parts(request.body, boundary)).map(Some),
            None => Ok(None),
        };
        let mut body_trouble = None;
        match body {
            Ok(Some(parts)) => {
                let signed = parts.into_iter().filter(|part| !part.is_file);
                let field =
                    |part: Part<'a>| Field { name: part.name.into(), value: part.value.into(), raw: part.value };
                fields.extend(signed.map(field).take(room));
            }
            Ok(None) if is_form(request) => fields.extend(form::fields(request.body).take(room)),
            Ok(None) => body_trouble = Some(Refusal::from(No::InvalidContentType)),
            Err(Malformed) => body_trouble = Some(Refusal::from(No::InvalidParameter)),
        }
        let too_many = fields.len() > MAX_PARAMETERS;
        fields.truncate(MAX_PARAMETERS);
        let mut parameters = Self { fields, in_query };
        let differ = parameters.merge_equal();
        let trouble = (too_many || differ).then(|| Refusal::from(No::InvalidParameter));
        (parameters, trouble.or(body_trouble))
    }

    /// Keeps one of equal parameters; whether there are some of the same name that differ (section 1.2: taking the last one would let
    /// a query parameter shadow a signed body parameter). An empty one is as good as absent and differs from none.
    fn merge_equal(&mut self) -> bool {
        let mut order: Vec<usize> = (0..self.fields.len()).collect();
        order.sort_by(|&a, &b| self.pair(a).cmp(&self.pair(b)).then(a.cmp(&b)));
        let mut doubled = vec![false; self.fields.len()];
        let mut differ = false;
        for pair in order.windows(2) {
            let [first, second] = *pair else { continue };
            let ((name, value), (next_name, next_value)) = (self.pair(first), self.pair(second));
            differ |= name == next_name && value != next_value && !value.is_empty();
            if let Some(doubled) = doubled.get_mut(second) {
                *doubled = (name, value) == (next_name, next_value);
            }
        }
        self.in_query -= doubled.iter().take(self.in_query).filter(|&&doubled| doubled).count();
        let mut doubled = doubled.into_iter();
        self.fields.retain(|_| !doubled.next().unwrap_or(false));
        differ
    }

    fn pair(&self, at: usize) -> (&[u8], &[u8]) {
        self.fields.get(at).map(|field| (&*field.name, &*field.value)).unwrap_or_default()
    }

    /// The value of a parameter; `None` when it is absent or empty.
    pub fn value(&self, name: &str) -> Option<&[u8]> {
        let field = self.fields.iter().find(|field| *field.name == *name.as_bytes() && !field.value.is_empty())?;
        Some(&*field.value)
    }

    /// Takes the value of a parameter out, which may be large; empty where there is none.
    pub(super) fn take(&mut self, name: &str) -> Cow<'a, [u8]> {
        let field = self.fields.iter_mut().find(|field| *field.name == *name.as_bytes() && !field.value.is_empty());
        field.map(|field| std::mem::take(&mut field.value)).unwrap_or_default()
    }

    /// Whether a parameter without a value is there.
    pub fn has_empty(&self) -> bool {
        self.fields.iter().any(|field| field.value.is_empty() && *field.name != *b"sign")
    }

    /// The names and values that are signed, in the order of the string to sign.
    pub fn signed(&self, empties: Empties) -> Vec<(&[u8], &[u8])> {
        let mut pairs: Vec<(&[u8], &[u8])> = self
            .fields
            .iter()
            .filter(|field| *field.name != *b"sign" && (empties == Empties::Kept || !field.value.is_empty()))
            .map(|field| (&*field.name, &*field.value))
            .collect();
        pairs.sort_unstable();
        pairs
    }

    /// The string to sign, as the raw bytes it is.
    pub fn string_to_sign(&self, empties: Empties) -> Vec<u8> {
        let mut out = Vec::with_capacity(1024);
        write(&self.signed(empties), |bytes| out.extend_from_slice(bytes));
        out
    }

    /// The hash of the string to sign, without building it.
    pub fn digest(&self, empties: Empties, algorithm: Algorithm) -> Digest {
        let mut context = Context::new(algorithm.hash());
        write(&self.signed(empties), |bytes| context.update(bytes));
        context.finish()
    }

    /// The string to sign for the eyes of the caller, as `isv.invalid-signature` echoes it: HTML-escaped, cut, braces balanced.
    pub fn echo(&self, charset: Charset, echo: Echo) -> String {
        let pairs = self.signed(Empties::Dropped).into_iter().map(|(name, value)| {
            let hidden = echo.content == Content::Hidden && !is_public(name);
            if hidden { (shown_name(name).as_bytes(), &b"..."[..]) } else { (name, value) }
        });
        let mut bytes = Vec::new();
        write(&pairs.collect::<Vec<_>>(), |piece| {
            if bytes.len() < echo.longest.saturating_mul(4) {
                bytes.extend_from_slice(piece);
            }
        });
        let text = charset.decode(&bytes).unwrap_or_else(|| String::from_utf8_lossy(&bytes));
        let cut: String = text.chars().take(echo.longest).collect();
        let escaped = html_escaped(&cut);
        if is_balanced(&escaped) { escaped.into_owned() } else { escaped.replace(['{', '}'], "") }
    }

    /// Every field as it came, query first.
    pub fn fields(&self) -> &[Field<'a>] {
        &self.fields
    }

    /// How many of the fields stand in the query.
    pub const fn in_query(&self) -> usize {
        self.in_query
    }
}

impl fmt::Debug for Parameters<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parameters({})", self.fields.len())
    }
}

/// Whether a parameter is one of the vendor's around the content (section 1.2). Any other may hold people's data: some clients send
/// the members of `biz_content` beside it.
pub fn is_public(name: &[u8]) -> bool {
    const PUBLIC: [&[u8]; 20] = [
        b"alipay_root_cert_sn",
        b"alipay_sdk",
        b"app_auth_token",
        b"app_cert_sn",
        b"app_id",
        b"auth_token",
        b"charset",
        b"encrypt_type",
        b"format",
        b"method",
        b"notify_url",
        b"prod_code",
        b"return_url",
        b"sign_type",
        b"target_app_id",
        b"terminal_info",
        b"terminal_type",
        b"timestamp",
        b"version",
        b"ws_service_url",
    ];
    PUBLIC.contains(&name)
}

/// Writes pairs as `name=value`, joined with `&`.
pub(super) fn write(pairs: &[(&[u8], &[u8])], mut put: impl FnMut(&[u8])) {
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index > 0 {
            put(b"&");
        }
        put(name);
        put(b"=");
        put(value);
    }
}

/// A body is a form unless its Content-Type says otherwise.
fn is_form(request: &Request<'_>) -> bool {
    let Some(declared) = request.headers.get(http::header::CONTENT_TYPE).filter(|_| !request.body.is_empty()) else {
        return true;
    };
    // Clients that write it by hand leave the semicolon out, or set a comma.
    let kind = declared.as_bytes().split(|byte| matches!(byte, b';' | b',' | b' ' | b'\t')).next().unwrap_or_default();
    ["", "application/x-www-form-urlencoded", "text/plain", "application/octet-stream"]
        .iter()
        .any(|form| kind.eq_ignore_ascii_case(form.as_bytes()))
}

/// Third-party clients count braces without regard to strings (section 2.3).
fn is_balanced(text: &str) -> bool {
    let mut depth = 0_usize;
    for letter in text.chars() {
        match letter {
            '{' => depth += 1,
            '}' => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return false,
            },
            _ => {}
        }
    }
    depth == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::RawRequest;

    fn request(text: &str) -> RawRequest {
        RawRequest::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn the_worked_example_comes_out_as_printed() {
        let raw = request(
            "POST http://127.0.0.1/gateway.do?timestamp=2026-11-22+04%3A18%3A39&app_id=2021009900000001&method=zhima.customer.certification.query&charset=utf-8&format=json&version=1.0&sign_type=RSA2&sign=x HTTP/1.1\r\n\r\nbiz_content=%7B%22biz_no%22%3A%22ZM201612013000000393900404029253%22%7D&remark=a+b%2Bc%2F%E6%94%B6",
        );
        let (parameters, trouble) = Parameters::gather(&raw.as_request());
        assert_eq!(trouble, None);
        let expected = "app_id=2021009900000001&biz_content={\"biz_no\":\"ZM201612013000000393900404029253\"}&charset=utf-8&format=json&method=zhima.customer.certification.query&remark=a b+c/收&sign_type=RSA2&timestamp=2026-11-22 04:18:39&version=1.0";
        assert_eq!(String::from_utf8(parameters.string_to_sign(Empties::Dropped)).unwrap(), expected);
        let digest = parameters.digest(Empties::Dropped, Algorithm::Rsa2);
        assert_eq!(
            crate::hex::hex(digest.as_ref()),
            "493d92bdeef7c488d2220c1a982ba6f5f35b7aae86fa1c392e695d0267bf9764"
        );
    }

    #[test]
    fn equal_parameters_are_one_and_different_ones_are_refused() {
        let raw = request("POST /gateway.do?a=1&b=2&a=1 HTTP/1.1\r\n\r\nb=2&c=3");
        let (parameters, trouble) = Parameters::gather(&raw.as_request());
        assert_eq!(
            (parameters.string_to_sign(Empties::Dropped), trouble, parameters.in_query()),
            (b"a=1&b=2&c=3".to_vec(), None, 2)
        );
        let raw = request("POST /gateway.do?a=1 HTTP/1.1\r\n\r\na=2");
        let (parameters, trouble) = Parameters::gather(&raw.as_request());
        assert_eq!((parameters.value("a"), trouble), (Some(&b"1"[..]), Some(No::InvalidParameter.into())));
    }

    #[test]
    fn an_empty_parameter_beside_a_full_one_is_absent() {
        let raw = request("POST /gateway.do?a=&b=1&b=2 HTTP/1.1\r\n\r\na=1&a=");
        let (parameters, trouble) = Parameters::gather(&raw.as_request());
        assert_eq!((parameters.value("a"), trouble), (Some(&b"1"[..]), Some(No::InvalidParameter.into())));
        let raw = request("POST /gateway.do?a= HTTP/1.1\r\n\r\na=1&a=");
        let (parameters, trouble) = Parameters::gather(&raw.as_request());
        assert_eq!((parameters.string_to_sign(Empties::Dropped), trouble), (b"a=1".to_vec(), None));
        let raw = request("POST /gateway.do?a=1&a=&a=2 HTTP/1.1\r\n\r\n");
        assert_eq!(Parameters::gather(&raw.as_request()).1, Some(No::InvalidParameter.into()));
    }

    #[test]
    fn empty_values_are_dropped_or_kept_and_absent_either_way() {
        let raw = request("POST /gateway.do?b=&a=1&sign= HTTP/1.1\r\n\r\n");
        let (parameters, _) = Parameters::gather(&raw.as_request());
        assert_eq!(parameters.string_to_sign(Empties::Dropped), b"a=1");
        assert_eq!(parameters.string_to_sign(Empties::Kept), b"a=1&b=");
        assert_eq!((parameters.value("b"), parameters.has_empty()), (None, true));
    }

    #[test]
    fn text_parts_are_signed_and_files_are_not() {
        let raw = request(
            "POST /gateway.do?a=1 HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"c\"\r\n\r\nx%20+\r\n--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"g\"\r\n\r\nz\r\n--b--\r\n",
        );
        let (parameters, trouble) = Parameters::gather(&raw.as_request());
        assert_eq!((parameters.string_to_sign(Empties::Dropped), trouble), (b"a=1&c=x%20+".to_vec(), None));
    }

    #[test]
    fn too_many_parameters_and_foreign_bodies_are_refused() {
        let many = (0..10_000).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join("&");
        let raw = request(&format!("POST /gateway.do?app_id=1 HTTP/1.1\r\n\r\n{many}"));
        assert_eq!(Parameters::gather(&raw.as_request()).1, Some(No::InvalidParameter.into()));
        let raw = request("POST /gateway.do?app_id=1 HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{}");
        assert_eq!(Parameters::gather(&raw.as_request()).1, Some(No::InvalidContentType.into()));
        let raw = request("POST /gateway.do?app_id=1 HTTP/1.1\r\nContent-Type: multipart/form-data\r\n\r\n--b");
        assert_eq!(Parameters::gather(&raw.as_request()).1, Some(No::InvalidParameter.into()));
    }

    #[test]
    fn a_form_is_told_by_its_kind_alone_and_a_body_that_is_not_there_by_nothing() {
        for (kind, body, expected) in [
            ("Application/X-WWW-Form-URLEncoded; Charset=\"GBK\"", "b=2", Ok("a=1&b=2")),
            ("application/x-www-form-urlencoded charset=utf-8", "b=2", Ok("a=1&b=2")),
            ("application/x-www-form-urlencoded,charset=utf-8", "b=2", Ok("a=1&b=2")),
            ("multipart/form-data; boundary=b", "", Ok("a=1")),
            ("multipart/form-data", "", Ok("a=1")),
            ("application/json", "", Ok("a=1")),
            ("application/x-www-form-urlencoded-not", "b=2", Err(No::InvalidContentType)),
            ("text/xml", "b=2", Err(No::InvalidContentType)),
        ] {
            let raw = request(&format!("POST /gateway.do?a=1 HTTP/1.1\r\nContent-Type: {kind}\r\n\r\n{body}"));
            let (parameters, trouble) = Parameters::gather(&raw.as_request());
            let signed = String::from_utf8(parameters.string_to_sign(Empties::Dropped)).unwrap();
            assert_eq!(trouble.map_or(Ok(signed.as_str()), |trouble| Err(trouble.no().unwrap())), expected, "{kind}");
        }
    }

    #[test]
    fn the_echo_hides_the_content_and_keeps_its_braces_balanced() {
        let raw = request(
            "POST /gateway.do?alipay_sdk=%7B%22x%22&biz_content=%7B%22biz_code%22%3A%22FACE_API%22%7D&charset=utf-8 HTTP/1.1\r\n\r\n",
        );
        let (parameters, _) = Parameters::gather(&raw.as_request());
        let echo = |longest, content| parameters.echo(Charset::Utf8, Echo { longest, content });
        assert_eq!(echo(1000, Content::Hidden), "alipay_sdk=&quot;x&quot;&amp;biz_content=...&amp;charset=utf-8");
        assert_eq!(echo(14, Content::Hidden), "alipay_sdk=&quot;x");
        assert_eq!(echo(0, Content::Hidden), "");
        assert!(echo(1000, Content::Shown).contains("FACE_API"));
    }

    #[test]
    fn the_echo_hides_a_json_body_that_is_read_as_a_name() {
        let raw = request(
            "POST /gateway.do?charset=utf-8 HTTP/1.1\r\n\r\n{\"cert_no\":\"110101190001010014\",\"materials\":\"QQ==\"}",
        );
        let (parameters, _) = Parameters::gather(&raw.as_request());
        let echoed = parameters.echo(Charset::Utf8, Echo { longest: 1000, content: Content::Hidden });
        assert_eq!(echoed, "charset=utf-8&amp;(…)=...");
    }

    #[test]
    fn the_echo_hides_what_a_client_has_put_beside_the_content() {
        let raw = request(
            "POST /gateway.do?charset=utf-8&notify_url=http%3A%2F%2Fa%2F HTTP/1.1\r\n\r\nbiz_content=%7B%7D&cert_no=110101190001010014",
        );
        let (parameters, _) = Parameters::gather(&raw.as_request());
        let echo = |content| parameters.echo(Charset::Utf8, Echo { longest: 1000, content });
        assert_eq!(echo(Content::Hidden), "biz_content=...&amp;cert_no=...&amp;charset=utf-8&amp;notify_url=http://a/");
        assert_eq!(
            echo(Content::Shown),
            "biz_content={}&amp;cert_no=110101190001010014&amp;charset=utf-8&amp;notify_url=http://a/"
        );
    }
}
