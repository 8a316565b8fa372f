//! Afterwards: waiting, the result, and what went wrong.

use maud::{Markup, html};

use super::{At, Frame, Stage};
use crate::desk::{
    lang::Lang,
    party::{declined, known},
};
use shiming_core::{UnixTime, redeem::Judged};

/// The way back to who asks.
pub(in crate::desk) struct Way {
    /// Their address with its signed parameters, where they have given one.
    pub(in crate::desk) back: Option<String>,
}

/// Nobody has decided. `again` is after how many seconds the page looks again.
pub(in crate::desk) fn waiting(at: &At<'_>, way: &Way, again: u32) -> Markup {
    let lang = at.frame.lang;
    let by_hand = at.session.awaits_operator();
    let title = lang.say("正在核验", "Being verified");
    let main = html! {
        div.outcome { (clock()) h1 { (title) } }
        p.lead {
            @if by_hand {
                (lang.say("您的信息已提交，正在由受理人员审核。", "Your details have arrived. Somebody is looking at them."))
            } @else {
                (lang.say("您的信息已提交，登记数据暂时无法查询，稍后会自动重试。", "Your details have arrived. The register does not answer at the moment and will be asked again shortly."))
            }
        }
        p.note { (lang.say("本页会自动刷新。您也可以关闭本页，发起方会得到结果。", "This page refreshes by itself. You may close it: the requester will get the result.")) }
        (back(at, way, "secondary"))
        form method="get" action="./" { button.quiet { (lang.say("立即刷新", "Look now")) } }
        (at.withdraw())
    };
    at.frame.page(title, Some(Stage::Result), Some(again), &main)
}

/// The end: passed, not passed, declined, or too late.
pub(in crate::desk) fn result(at: &At<'_>, way: &Way, now: UnixTime) -> Markup {
    let lang = at.frame.lang;
    let recognized = known(at.session).is_some_and(Judged::is_recognized);
    let (mark, title, text) = match known(at.session).map(Judged::passed) {
        Some(true) if recognized => (
            tick(),
            lang.say("核验通过", "Verified"),
            lang.say(
                "您此前已通过同类核验，本次无需再次填写。结果可供发起方查询。",
                "You passed the same check before and need not enter anything again. The requester can see the result.",
            ),
        ),
        Some(true) => (
            tick(),
            lang.say("核验通过", "Verified"),
            lang.say("您的身份已核实，结果可供发起方查询。", "Your identity is confirmed, and the requester can see so."),
        ),
        Some(false) => (
            cross(),
            lang.say("核验未通过", "Not verified"),
            lang.say(
                "您提交的信息与登记数据不一致。如有疑问，请联系发起方，由其重新发起核验。",
                "What you submitted does not match the register. If you think that this is a mistake, ask the requester to start again.",
            ),
        ),
        None if declined(at.session, now) => (
            cross(),
            lang.say("已取消", "Called off"),
            if at.session.consent.is_some() {
                lang.say("您撤回了同意，本次核验已取消，您提交的内容已经删除。", "You withdrew your consent. The check was called off, and what you submitted has been erased.")
            } else {
                lang.say("您没有同意，本次核验已取消，没有处理您的任何信息。", "You declined. The check was called off and nothing of yours was used.")
            },
        ),
        None => (
            clock(),
            lang.say("已过期", "Too late"),
            lang.say("本次核验的时间已过。请联系发起方重新发起。", "The time for this check is over. Ask the requester to start again."),
        ),
    };
    let main = html! {
        div.outcome { (mark) h1 { (title) } }
        p.lead { (text) }
        (back(at, way, "primary"))
        @if way.back.is_none() { p.note { (lang.say("您可以关闭本页。", "You may close this page.")) } }
        @if known(at.session).is_some() && !recognized {
            p.note { (lang.say("您提交的内容已经删除。", "What you submitted has been erased.")) }
        }
    };
    at.frame.page(title, Some(Stage::Result), None, &main)
}

fn back(at: &At<'_>, way: &Way, class: &str) -> Markup {
    html! {
        @if let Some(address) = &way.back {
            p { a class={ "button " (class) } href=(address) rel="noreferrer" {
                @match at.frame.lang { Lang::Zh => { "返回 " (at.party.name) } Lang::En => { "Back to " (at.party.name) } }
            } }
        }
    }
}

/// Something went wrong; `forward` is where the person may go on.
pub(in crate::desk) fn trouble(frame: &Frame<'_>, title: &str, text: &str, forward: Option<(&str, &str)>) -> Markup {
    let main = html! {
        div.outcome { (cross()) h1 { (title) } }
        p.lead { (text) }
        @if let Some((address, words)) = forward { p { a.button.secondary href=(address) { (words) } } }
    };
    frame.page(title, None, None, &main)
}

fn tick() -> Markup {
    html! { svg.mark.good viewBox="0 0 48 48" aria-hidden="true" focusable="false" { circle cx="24" cy="24" r="22" {} path d="m14 24.5 7 7L34.5 17" {} } }
}

fn cross() -> Markup {
    html! { svg.mark.bad viewBox="0 0 48 48" aria-hidden="true" focusable="false" { circle cx="24" cy="24" r="22" {} path d="M24 12.5V27M24 33.5v1" {} } }
}

fn clock() -> Markup {
    html! { svg.mark.wait viewBox="0 0 48 48" aria-hidden="true" focusable="false" { circle cx="24" cy="24" r="22" {} path d="M24 12v12l8 5" {} } }
}
