//! What a person's browser is shown where a page method is refused: the code and its text, and nothing else.
//! Docs: Alipay gateway specification, section 5.2.

use http::{HeaderMap, header::ACCEPT};
use shiming_wire::alipay_gateway::{Operation, OperationName, Refusal};

/// Whether a call is a person's browser at a page method, and not a program.
pub(super) fn is_browser(operation: Operation, headers: &HeaderMap) -> bool {
    let page = matches!(operation, Operation::Answered(OperationName::Certify | OperationName::AgreementSign));
    let accepts = headers.get(ACCEPT).map(http::HeaderValue::as_bytes).unwrap_or_default();
    // Java says text/html among others, but no wildcard and no xhtml.
    page && accepts.windows(5).any(|part| part == b"xhtml")
}

/// The page. It has no script and loads nothing.
pub(super) fn refusal(refusal: &Refusal, trace_id: &str) -> String {
    // Only this server's own words are in it; `sub_msg` of a wrong signature is not: it repeats the string to sign.
    let text = refusal.no().map_or_else(|| refusal.sub_msg(), |no| no.row().sub_msg);
    format!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{0}</title><body><h1>{1}</h1><p>{0}</p><p>trace_id: {2}</p></body></html>\n",
        escaped(refusal.sub_code()),
        escaped(text),
        escaped(trace_id),
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_told_from_every_sdk() {
        let page = Operation::Answered(OperationName::Certify);
        let accept = |text: &str| HeaderMap::from_iter([(ACCEPT, text.parse().expect("a header"))]);
        let chromium = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";
        assert!(is_browser(page, &accept(chromium)));
        for sdk in [
            "application/json",
            "*/*",
            "text/xml,text/javascript,text/html",
            "text/plain,text/xml,text/javascript,text/html",
        ] {
            assert!(!is_browser(page, &accept(sdk)), "{sdk}");
        }
        assert!(!is_browser(page, &HeaderMap::new()));
        assert!(!is_browser(Operation::Answered(OperationName::Query), &accept(chromium)));
    }
}
