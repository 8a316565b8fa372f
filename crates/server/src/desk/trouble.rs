//! Why somebody is shown something else than what they asked for.

use std::time::Duration;

use http::StatusCode;
use shiming_core::redeem::SessionsError;

use super::lang::Lang;

/// Why somebody is shown something else than what they asked for.
pub(super) enum Trouble {
    /// The link is used up, or never was one.
    NoLink {
        seated: bool,
    },
    /// Nobody sits here.
    NoSeat,
    /// A link whose time is over.
    TooLate,
    /// The form was not sent by our own page.
    NotOurs,
    TooOften(Duration),
    TooLarge,
    Broken,
    /// The agreement was withdrawn meanwhile.
    Withdrawn,
    NoSuchPage,
    WrongMethod,
    Store(SessionsError),
}

impl From<SessionsError> for Trouble {
    fn from(error: SessionsError) -> Self {
        Self::Store(error)
    }
}

/// What is said of it.
pub(super) struct Told {
    pub(super) status: StatusCode,
    /// For logs and metrics.
    pub(super) word: &'static str,
    pub(super) title: &'static str,
    pub(super) text: &'static str,
    /// Where the person may go on, and the words on the way.
    pub(super) forward: Option<(&'static str, &'static str)>,
}

impl Trouble {
    /// A row for each.
    pub(super) fn told(&self, lang: Lang) -> Told {
        let to_page = ("./", lang.say("回到核验", "Back to the check"));
        let (status, word, title, text, forward) = match self {
            Trouble::NoLink { seated } => (
                StatusCode::NOT_FOUND,
                "no_link",
                lang.say("链接不可用", "This link does not work"),
                lang.say(
                    "链接只能使用一次。它可能已经使用过、已经过期，或者不完整。请回到发起方重新打开。",
                    "A link works once. This one was used, is too old, or is not complete. Go back to the requester and open the desk again.",
                ),
                seated.then_some(("./", lang.say("继续本设备上的核验", "Go on with the check on this device"))),
            ),
            Trouble::NoSeat => (
                StatusCode::FORBIDDEN,
                "no_seat",
                lang.say("没有进行中的核验", "No check is open here"),
                lang.say(
                    "请从发起方提供的链接进入，并允许本站使用 Cookie。",
                    "Come in by the link that you were given, and allow this site its cookies.",
                ),
                None,
            ),
            Trouble::TooLate => (
                StatusCode::GONE,
                "expired",
                lang.say("链接已过期", "This link is too old"),
                lang.say("请回到发起方重新发起核验。", "Go back to the requester and start again."),
                None,
            ),
            Trouble::NotOurs => (
                StatusCode::FORBIDDEN,
                "not_ours",
                lang.say("请求未被接受", "This was not accepted"),
                lang.say(
                    "提交的内容不是来自本页，或者页面已经打开太久。没有任何改变，请返回后再试。",
                    "What was sent did not come from our page, or the page was open for too long. Nothing has changed: go back and try again.",
                ),
                Some(to_page),
            ),
            Trouble::TooOften(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "too_often",
                lang.say("操作过于频繁", "Too often"),
                lang.say("请稍等片刻再试。", "Please wait a moment and try again."),
                Some(to_page),
            ),
            Trouble::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                lang.say("提交的内容过大", "Too much was sent"),
                lang.say(
                    "如果是照片，请返回并选择一张较小的，或直接拍摄；如果是文字，请只填写页面要求的内容。",
                    "If it was a photo, go back and choose a smaller one, or take one here. If it was text, enter only what the page asks for.",
                ),
                Some(to_page),
            ),
            Trouble::Broken => (
                StatusCode::BAD_REQUEST,
                "broken",
                lang.say("提交未完成", "It did not arrive"),
                lang.say("网络中断，内容没有完整送达。请返回后再试。", "The connection broke off. Go back and try again."),
                Some(to_page),
            ),
            Trouble::Withdrawn => (
                StatusCode::CONFLICT,
                "withdrawn",
                lang.say("授权已撤销", "The agreement was withdrawn"),
                lang.say(
                    "与发起方的约定已撤销，本次核验不再继续。",
                    "Your agreement with the requester was withdrawn: this check has ended.",
                ),
                None,
            ),
            Trouble::NoSuchPage => (
                StatusCode::NOT_FOUND,
                "no_such_page",
                lang.say("没有这个页面", "There is no such page"),
                lang.say("请从发起方提供的链接进入。", "Come in by the link that you were given."),
                None,
            ),
            Trouble::WrongMethod => (
                StatusCode::METHOD_NOT_ALLOWED,
                "wrong_method",
                lang.say("请求未被接受", "This was not accepted"),
                lang.say("请从发起方提供的链接进入。", "Come in by the link that you were given."),
                None,
            ),
            Trouble::Store(_) => {
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "store",
                    lang.say("暂时无法办理", "Not possible at the moment"),
                    lang.say("没有任何改变，请稍后再试。", "Nothing has changed. Please try again later."),
                    Some(to_page),
                )
            }
        };
        Told { status, word, title, text, forward }
    }
}
