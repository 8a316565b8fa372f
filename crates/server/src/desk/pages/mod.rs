//! The pages. Each is a function from what it shows to markup; maud escapes every value.

mod ask;
mod details;
mod outcome;

use jiff::tz::Offset;
use maud::{DOCTYPE, Markup, html};
use shiming_core::{Session, UnixTime};

pub(super) use ask::{Consent, consent, landing};
pub(super) use details::{Details, details};
pub(super) use outcome::{Way, result, trouble, waiting};

use super::{assets::Assets, details::Wrong, lang::Lang, party::Party};

/// What every page shows.
pub(super) struct Frame<'f> {
    pub(super) lang: Lang,
    pub(super) assets: &'f Assets,
    /// Who runs the desk, if they want to be named.
    pub(super) operator: Option<&'f str>,
}

/// What the pages of a session show.
pub(super) struct At<'f> {
    pub(super) frame: &'f Frame<'f>,
    pub(super) party: &'f Party,
    pub(super) session: &'f Session,
    /// What a form carries to prove that it was made for this browser.
    pub(super) proof: &'f str,
}

/// One of the three steps that the pages count.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Agree,
    Details,
    Result,
}

impl Frame<'_> {
    /// A whole page. `again` looks again by itself after so many seconds.
    fn page(&self, title: &str, stage: Option<Stage>, again: Option<u32>, main: &Markup) -> Markup {
        let lang = self.lang;
        let desk = lang.say("身份核验受理台", "Identity desk");
        let (other, name) = lang.other();
        html! {
            (DOCTYPE)
            html lang=(lang.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                    meta name="robots" content="noindex, nofollow";
                    meta name="format-detection" content="telephone=no";
                    meta name="color-scheme" content="light dark";
                    @if let Some(seconds) = again { meta http-equiv="refresh" content=(seconds); }
                    title { (title) " · " (desk) }
                    link rel="stylesheet" href=(self.assets.style);
                }
                body {
                    a.skip href="#main" { (lang.say("跳到正文", "Skip to the content")) }
                    header {
                        p.brand { (shield()) span { (desk) @if let Some(operator) = self.operator { small { (operator) } } } }
                        a.switch href={ "?lang=" (other.tag()) } hreflang=(other.tag()) lang=(other.tag()) { (name) }
                    }
                    @if let Some(stage) = stage { (self.steps(stage)) }
                    main id="main" { (main) }
                    footer { p { (lang.say("本页不使用第三方内容，不在网址中携带个人信息。", "Nothing here comes from third parties, and no personal detail is put into an address.")) } }
                }
            }
        }
    }

    fn steps(&self, current: Stage) -> Markup {
        let lang = self.lang;
        let steps = [
            (Stage::Agree, lang.say("授权", "Agree")),
            (Stage::Details, lang.say("核验", "Verify")),
            (Stage::Result, lang.say("结果", "Result")),
        ];
        html! {
            nav.steps aria-label=(lang.say("进度", "Progress")) {
                ol {
                    @for (stage, name) in steps {
                        li.done[stage < current] aria-current=[(stage == current).then_some("step")] { span { (name) } }
                    }
                }
            }
        }
    }
}

impl At<'_> {
    /// Who asks and for what.
    fn request(&self) -> Markup {
        let lang = self.frame.lang;
        html! {
            dl.request {
                div { dt { (lang.say("发起方", "Requested by")) } dd.strong { (self.party.name) } }
                div { dt { (lang.say("事项", "For")) } dd { (self.party.purpose(self.session, lang)) } }
                @if let Some(precision) = self.party.precision(self.session, lang) {
                    div { dt { (lang.say("精度", "How exactly")) } dd { (precision) } }
                }
                div { dt { (lang.say("有效期至", "Valid until")) } dd { (moment(self.session.expires, lang)) } }
            }
        }
    }

    fn proof(&self) -> Markup {
        html! { input type="hidden" name="proof" value=(self.proof); }
    }

    /// The way out, for as long as nobody has decided.
    fn way_out(&self, words: &str) -> Markup {
        html! { form method="post" action="decline" { (self.proof()) button.quiet { (words) } } }
    }

    /// The way out after consent: it may be withdrawn as easily as it was given.
    fn withdraw(&self) -> Markup {
        self.way_out(self.frame.lang.say("撤回同意，取消核验", "Withdraw consent and call it off"))
    }
}

/// A moment as clocks in China show it.
fn moment(at: UnixTime, lang: Lang) -> String {
    let local = Offset::constant(8).to_datetime(at.timestamp());
    let form = lang.say("%Y年%-m月%-d日 %H:%M", "%-d %b %Y, %H:%M UTC+8");
    local.strftime(form).to_string()
}

/// What is wrong, above a form: the first thing that is read out.
fn summary(lang: Lang, wrong: &[Wrong]) -> Markup {
    html! {
        @if !wrong.is_empty() {
            div.alert role="alert" tabindex="-1" {
                p { strong { (lang.say("请更正以下内容", "Something needs your attention")) } }
                ul { @for wrong in wrong { li { a href={ "#" (wrong.field().id()) } { (wrong.text(lang)) } } } }
            }
        }
    }
}

/// What is wrong with a field, beside it.
fn beside(lang: Lang, wrong: Option<Wrong>) -> Markup {
    html! { @if let Some(wrong) = wrong { p.wrong id={ (wrong.field().id()) "-wrong" } { (wrong.text(lang)) } } }
}

fn title(lang: Lang, plain: &'static str, wrong: &[Wrong]) -> String {
    if wrong.is_empty() { plain.to_owned() } else { format!("{}{plain}", lang.say("请更正：", "Please correct: ")) }
}

fn shield() -> Markup {
    html! {
        svg viewBox="0 0 24 24" aria-hidden="true" focusable="false" {
            path d="M12 2 4 5v6c0 5 3.4 9.3 8 11 4.6-1.7 8-6 8-11V5z" {}
            path.tick d="m8.2 12 2.6 2.7 5-5.4" {}
        }
    }
}
