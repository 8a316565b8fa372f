//! What a person's browser is shown where a page method is refused: what to do, and the code with its text.
//! Docs: Alipay gateway specification, section 5.2.

use http::{HeaderMap, header::ACCEPT};
use maud::{DOCTYPE, html};
use shiming_wire::alipay_gateway::{Business, No, Operation, OperationName, Refusal};

use crate::doors::alipay;

/// Whether a call is a person's browser at a page method, and not a program.
pub(super) fn is_browser(operation: Operation, headers: &HeaderMap) -> bool {
    let page = matches!(operation, Operation::Answered(OperationName::Certify | OperationName::AgreementSign));
    let accepts = headers.get(ACCEPT).map(http::HeaderValue::as_bytes).unwrap_or_default();
    // Java says text/html among others, but no wildcard and no xhtml.
    page && accepts.windows(5).any(|part| part == b"xhtml")
}

/// The page: what the person may do, in both languages, and for the requester the code and its text. It has no script and
/// loads nothing. `back` is the requester's address, where they have said and signed one.
pub(super) fn refusal(refusal: &Refusal, trace_id: &str, back: Option<&str>) -> String {
    let (chinese, english) = told(refusal);
    // Only this server's own words are in it: `sub_msg` of a wrong signature repeats the string to sign.
    let text = match refusal.no() {
        Some(No::InvalidSignature) => "验签出错",
        Some(no) => no.row().sub_msg,
        None => refusal.sub_msg(),
    };
    let page = html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                meta name="color-scheme" content="light dark";
                title { "无法继续 · Cannot go on" }
            }
            body {
                h1 { "无法继续" }
                p { (chinese) }
                h1 lang="en" { "Cannot go on" }
                p lang="en" { (english) }
                @if let Some(back) = back.filter(|back| alipay::may_lead_to(back)) {
                    p { a href=(back) { "返回发起方 · " span lang="en" { "Back to the requester" } } }
                }
                hr;
                p { (refusal.sub_code()) ": " (text) }
                p { "trace_id: " (trace_id) }
            }
        }
    };
    page.into_string() + "\n"
}

/// What a refusal means to a person who did nothing but open a link.
fn told(refusal: &Refusal) -> (&'static str, &'static str) {
    match (refusal.business(), refusal.no()) {
        (Some(Business::Transaction | Business::TokenInvalid), _) => (
            "本次核验已经结束：已有结论、已取消或已过期。请回到发起方查看结果，或重新发起。",
            "This check is over: it was decided, called off, or out of time. Go back to the requester to see how it ended, or to start again.",
        ),
        (_, Some(No::InvalidTimestamp)) => {
            ("链接已过期。请回到发起方重新打开。", "This link is too old. Go back to the requester and open it again.")
        }
        (Some(Business::System), _) | (_, Some(No::BackEndDown | No::Internal | No::AppCallLimited)) => {
            ("暂时无法办理，请稍后再试。", "Not possible at the moment. Please try again later.")
        }
        _ => (
            "发起方的请求有误，这不是您的操作造成的。请回到发起方，并告知以下信息。",
            "Something is wrong with the requester's link, and it is nothing that you did. Go back to the requester and tell them what stands below.",
        ),
    }
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

    #[test]
    fn a_person_is_told_what_to_do_in_both_languages() {
        let page = |refused: Refusal, back| refusal(&refused, "7f", back);
        let over = page(Business::Transaction.into(), Some("https://a.test/?x=1&y=\"2"));
        for part in [
            "已经结束",
            "is over",
            "<span lang=\"en\">Back to the requester",
            "href=\"https://a.test/?x=1&amp;y=&quot;2\"",
            "TRANSACTION_ERROR: 交易订单异常",
            "trace_id: 7f",
        ] {
            assert!(over.contains(part), "{part} in {over}");
        }
        assert!(page(No::InvalidTimestamp.into(), None).contains("too old"));
        assert!(page(Business::System.into(), None).contains("try again later"));
        let theirs = page(Refusal::field("biz_no", "不存在"), Some("javascript:alert(1)"));
        assert!(theirs.contains("nothing that you did") && theirs.contains("biz_no") && !theirs.contains("href"));
        let signature = page(Refusal::with_text(No::InvalidSignature, "app_id=1&cert_no=2"), None);
        assert!(signature.contains("验签出错</p>") && !signature.contains("cert_no"), "{signature}");
    }
}
