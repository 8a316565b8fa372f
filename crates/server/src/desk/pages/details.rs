//! The person's details: name and number where the caller has not said them, a photo where the check wants one.

use maud::{Markup, html};

use super::{At, Stage, beside, summary, title};
use crate::desk::{
    details::{Field, Wanted, Wrong},
    lang::Lang,
};

/// What the form shows.
pub(in crate::desk) struct Details<'d> {
    pub(in crate::desk) wanted: Wanted,
    /// Name and number as typed before.
    pub(in crate::desk) typed: (&'d str, &'d str),
    /// Name and number as the caller said them, masked.
    pub(in crate::desk) claimed: Option<(String, String)>,
    pub(in crate::desk) wrong: &'d [Wrong],
    /// The largest photo, in MiB.
    pub(in crate::desk) largest: usize,
}

pub(in crate::desk) fn details(at: &At<'_>, shown: &Details<'_>) -> Markup {
    let lang = at.frame.lang;
    let plain = if shown.wanted.person {
        lang.say("填写您的信息", "Your details")
    } else {
        lang.say("拍摄本人照片", "A photo of you")
    };
    let encoding = if shown.wanted.photo { "multipart/form-data" } else { "application/x-www-form-urlencoded" };
    let main = html! {
        h1 { (plain) }
        (summary(lang, shown.wrong))
        @if let Some((name, number)) = &shown.claimed {
            dl.request {
                div { dt { (lang.say("姓名", "Name")) } dd { (name) } }
                div { dt { (lang.say("公民身份号码", "ID number")) } dd { (number) } }
            }
            p.note { (lang.say("以上由发起方提供。若不是您本人，请不要继续。", "The requester gave us these. If this is not you, do not continue.")) }
        }
        form method="post" action="details" enctype=(encoding) {
            (at.proof())
            @if shown.wanted.person { (person(lang, shown)) }
            @if shown.wanted.photo { (photo(lang, shown)) }
            button.primary { (lang.say("提交核验", "Submit")) }
        }
        (at.withdraw())
        @if shown.wanted.photo { script src=(at.frame.assets.camera) defer {} }
    };
    at.frame.page(&title(lang, plain, shown.wrong), Some(Stage::Details), None, &main)
}

fn person(lang: Lang, shown: &Details<'_>) -> Markup {
    let first = shown.wrong.first().map(|wrong| wrong.field());
    html! {
        div.field {
            label for="name" { (lang.say("姓名", "Name")) }
            p.hint id="name-hint" { (lang.say("与居民身份证一致", "As on your resident identity card")) }
            input id="name" name="name" type="text" value=(shown.typed.0) required maxlength="100" autocomplete="name" spellcheck="false"
                autofocus[first == Some(Field::Name)]
                aria-describedby=(described(shown, Field::Name, "name-hint")) aria-invalid=[invalid(shown, Field::Name)];
            (beside(lang, found(shown, Field::Name)))
        }
        div.field {
            label for="number" { (lang.say("公民身份号码", "ID number")) }
            p.hint id="number-hint" { (lang.say(
                "18 位，末位可以是 X。目前只受理居民身份证",
                "18 characters; the last may be an X. Only resident identity cards are taken",
            )) }
            input.number id="number" name="number" type="text" value=(shown.typed.1) required maxlength="40" autocomplete="off"
                autocapitalize="characters" spellcheck="false" autofocus[first == Some(Field::Number)]
                aria-describedby=(described(shown, Field::Number, "number-hint")) aria-invalid=[invalid(shown, Field::Number)];
            (beside(lang, found(shown, Field::Number)))
        }
    }
}

/// Two file fields that work by themselves: one brings up a phone's camera, one what it has. The script puts a live
/// camera in front of them.
fn photo(lang: Lang, shown: &Details<'_>) -> Markup {
    html! {
        fieldset.field.photo data-camera
            data-refused=(lang.say("无法打开摄像头。请允许使用，或改用下方的方式。", "The camera could not be opened. Allow it, or use one of the ways below."))
            data-unreadable=(lang.say("无法读取这张照片，请另选一张。", "This photo cannot be read: choose another one."))
            data-taken=(lang.say("照片已就绪，可以提交。", "The photo is ready to be submitted."))
            aria-describedby=(described(shown, Field::Photo, "photo-hint")) {
            legend id="photo-legend" { (lang.say("本人照片", "Photo of yourself")) }
            p.hint id="photo-hint" {
                (lang.say("正对镜头、光线充足、不戴帽子和墨镜。JPEG 或 PNG，不超过 ", "Face the camera in good light, without hat or sunglasses. JPEG or PNG, at most "))
                (shown.largest) " MiB"
            }
            div.view data-view hidden {
                video data-video playsinline muted autoplay hidden {}
                canvas data-still hidden {}
                svg.oval data-oval viewBox="0 0 300 400" aria-hidden="true" focusable="false" hidden { ellipse cx="150" cy="185" rx="98" ry="130" {} }
            }
            p.status data-status role="status" hidden {}
            div.buttons data-buttons hidden {
                button.secondary type="button" data-open { (lang.say("打开摄像头", "Open the camera")) }
                button.primary type="button" data-take hidden { (lang.say("拍照", "Take the photo")) }
                button.secondary type="button" data-again hidden { (lang.say("重新拍摄", "Take it again")) }
            }
            div.file data-own {
                label for="photo" { (lang.say("用手机相机拍摄", "Take one with the phone's camera")) }
                input id="photo" name="camera" type="file" accept="image/jpeg,image/png" capture="user"
                    aria-describedby="photo-hint" aria-invalid=[invalid(shown, Field::Photo)];
            }
            div.file {
                label for="photo-file" { (lang.say("或选择已有照片", "Or choose one that you have")) }
                input id="photo-file" name="file" type="file" accept="image/jpeg,image/png" aria-describedby="photo-hint";
            }
            (beside(lang, found(shown, Field::Photo)))
        }
    }
}

fn found(shown: &Details<'_>, field: Field) -> Option<Wrong> {
    shown.wrong.iter().copied().find(|wrong| wrong.field() == field)
}

fn invalid(shown: &Details<'_>, field: Field) -> Option<&'static str> {
    found(shown, field).map(|_| "true")
}

fn described(shown: &Details<'_>, field: Field, hint: &str) -> String {
    match found(shown, field) {
        Some(_) => format!("{hint} {}-wrong", field.id()),
        None => hint.to_owned(),
    }
}
