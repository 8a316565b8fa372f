//! Before anything is given: the page that a link opens, and the consent.

use maud::{Markup, html};

use super::{At, Stage, beside, summary, title};
use crate::desk::{
    consent::{self as text, Scope, paragraphs},
    details::{Field, Wrong},
};

/// The page that a link opens. Looking at it uses nothing up; the button does.
pub(in crate::desk) fn landing(at: &At<'_>) -> Markup {
    let lang = at.frame.lang;
    let title = lang.say("身份核验邀请", "You are asked to verify your identity");
    let main = html! {
        h1 { (title) }
        p.lead {
            @match lang {
                crate::desk::lang::Lang::Zh => { strong { (at.party.name) } " 请您核验身份。" }
                crate::desk::lang::Lang::En => { strong { (at.party.name) } " asks you to verify who you are." }
            }
        }
        (at.request())
        form method="post" {
            (at.proof())
            button.primary { (lang.say("开始", "Begin")) }
        }
        p.note { (lang.say(
            "此链接只能使用一次，请在您要用来完成核验的设备上开始。若并非您本人操作，请关闭本页。",
            "This link works once: begin on the device that you want to use. If you did not expect this, close the page.",
        )) }
    };
    at.frame.page(title, None, None, &main)
}

/// What the consent shows.
pub(in crate::desk) struct Consent<'c> {
    /// What it is about; a photo needs a consent of its own.
    pub(in crate::desk) scope: Scope,
    pub(in crate::desk) wrong: &'c [Wrong],
}

/// The consent.
pub(in crate::desk) fn consent(at: &At<'_>, Consent { scope, wrong }: Consent<'_>) -> Markup {
    let lang = at.frame.lang;
    let plain = lang.say("您是否同意？", "Do you agree?");
    let main = html! {
        h1 { (plain) }
        (summary(lang, wrong))
        (at.request())
        section.text aria-labelledby="text" {
            h2 id="text" { (lang.say("个人信息处理说明", "How your details are used")) }
            ol { @for paragraph in paragraphs(lang, &at.party.name, scope) { li { (paragraph) } } }
            p.version { (lang.say("文本版本：", "Version of this text: ")) (text::version(lang)) }
        }
        form method="post" action="consent" {
            (at.proof())
            input type="hidden" name="version" value=(text::version(lang));
            (agree(at, wrong, Field::Agree, lang.say("我已阅读并同意以上说明", "I have read this and agree")))
            @if scope == Scope::Photo {
                (agree(at, wrong, Field::AgreePhoto, lang.say(
                    "我单独同意处理我的人脸照片",
                    "I agree separately that a photo of my face is used for this check",
                )))
            }
            button.primary { (lang.say("同意并继续", "Agree and continue")) }
        }
        (at.way_out(lang.say("不同意，取消核验", "Decline and call it off")))
    };
    at.frame.page(&title(lang, plain, wrong), Some(Stage::Agree), None, &main)
}

fn agree(at: &At<'_>, wrong: &[Wrong], field: Field, words: &str) -> Markup {
    let wrong = wrong.iter().copied().find(|wrong| wrong.field() == field);
    let described = wrong.map(|_| format!("{}-wrong", field.id()));
    html! {
        div.check.is-wrong[wrong.is_some()] {
            label {
                input type="checkbox" id=(field.id()) name=(field.id()) value="yes" required
                    aria-invalid=[wrong.map(|_| "true")] aria-describedby=[described];
                span { (words) }
            }
            (beside(at.frame.lang, wrong))
        }
    }
}
