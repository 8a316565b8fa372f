//! The person's details as typed, and what is wrong with them.

use jiff::civil::Date;
use shiming_core::{
    Unusable,
    redeem::{Person, Submission},
};
use shiming_identity::{Flaw, PersonName, ResidentId, upgrade15};
use shiming_wire::image_head::{Head, Kind};

use super::{form::Form, lang::Lang};

/// What can be wrong with a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    NameMissing,
    Name,
    NumberMissing,
    NumberLength,
    NumberCheck,
    Number,
    OtherPerson,
    PhotoMissing,
    PhotoKind,
    PhotoSides,
    PhotoUnusable(Unusable),
    NotAgreed,
    NotAgreedToPhoto,
}

/// A field of a form, by its id on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Name,
    Number,
    Photo,
    Agree,
    AgreePhoto,
}

impl Field {
    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Number => "number",
            Self::Photo => "photo",
            Self::Agree => "agree",
            Self::AgreePhoto => "agree-photo",
        }
    }
}

impl Wrong {
    pub(super) const fn field(self) -> Field {
        match self {
            Self::NameMissing | Self::Name => Field::Name,
            Self::NumberMissing | Self::NumberLength | Self::NumberCheck | Self::Number | Self::OtherPerson => {
                Field::Number
            }
            Self::PhotoMissing | Self::PhotoKind | Self::PhotoSides | Self::PhotoUnusable(_) => Field::Photo,
            Self::NotAgreed => Field::Agree,
            Self::NotAgreedToPhoto => Field::AgreePhoto,
        }
    }

    /// What the person is told, and what to do about it.
    pub(super) const fn text(self, lang: Lang) -> &'static str {
        match self {
            Self::NameMissing => lang.say("请填写姓名", "Enter your name"),
            Self::Name => {
                lang.say("姓名有误，请按证件上的姓名填写", "Enter your name exactly as it stands on your identity card")
            }
            Self::NumberMissing => lang.say("请填写公民身份号码", "Enter your ID number"),
            Self::NumberLength => lang.say(
                "公民身份号码应为 18 位，末位可以是 X",
                "An ID number has 18 characters; the last one may be an X",
            ),
            Self::NumberCheck => {
                lang.say("号码有误，请逐位核对", "There is a slip in this number: check every digit of it")
            }
            Self::Number => lang.say("这不是有效的公民身份号码", "This is not a valid ID number"),
            Self::OtherPerson => {
                lang.say("号码与本次核验约定的本人不符", "This is not the number of the person who was asked for")
            }
            Self::PhotoMissing => lang.say("请拍摄或选择一张本人照片", "Take a photo of yourself, or choose one"),
            Self::PhotoKind => {
                lang.say("这不是 JPEG 或 PNG 照片，请另选一张", "This is not a JPEG or PNG photo: choose another one")
            }
            Self::PhotoSides => {
                lang.say("照片尺寸不合适，请重新拍摄", "The photo has too few or too many pixels: take another one")
            }
            Self::PhotoUnusable(reason) => unusable(reason, lang),
            Self::NotAgreed => lang.say("需要您勾选同意才能继续", "Tick the box to agree, or decline below"),
            Self::NotAgreedToPhoto => lang.say(
                "本次核验需要比对照片，请勾选单独同意",
                "This check needs a photo: tick the box to agree to that too",
            ),
        }
    }
}

/// What is wrong with a photo that could not be compared. That it seems to be no living person's is not told: it would help
/// who tries again.
const fn unusable(reason: Unusable, lang: Lang) -> &'static str {
    match reason {
        Unusable::Unsaid | Unusable::NotLive => lang.say(
            "照片无法使用，请在光线充足处正对镜头重新拍摄",
            "This photo cannot be used: face the camera in good light and take another one",
        ),
        Unusable::NoFace => lang
            .say("照片中未检测到人脸，请正对镜头重新拍摄", "No face was found: face the camera and take another photo"),
        Unusable::SeveralFaces => {
            lang.say("照片中有多张人脸，请只拍摄您本人", "There are several faces: take a photo of yourself alone")
        }
        Unusable::TooSmall => {
            lang.say("照片中人脸过小，请靠近镜头重新拍摄", "The face is too small: come closer and take another photo")
        }
        Unusable::Incomplete => lang.say(
            "照片中人脸不完整，请让整张脸都在画面中，不要遮挡",
            "The face is cut off or covered: keep all of it in the picture",
        ),
        Unusable::Blurred => {
            lang.say("照片模糊，请拿稳后重新拍摄", "The photo is blurred: hold still and take another one")
        }
        Unusable::TooDark => {
            lang.say("照片过暗，请在光线充足处重新拍摄", "The photo is too dark: take another one in better light")
        }
        Unusable::TooBright => {
            lang.say("照片过亮，请避开强光重新拍摄", "The photo is too bright: take another one out of strong light")
        }
        Unusable::Flat => lang.say(
            "照片对比度不足，请在光线充足处重新拍摄",
            "The photo has too little contrast: take another one in good light",
        ),
        Unusable::Pose => {
            lang.say("照片中人脸角度过大，请正对镜头重新拍摄", "The face is turned away: look straight into the camera")
        }
        Unusable::NotAnImage => {
            lang.say("无法读取这张照片，请另选一张或重新拍摄", "This photo cannot be read: choose or take another one")
        }
        Unusable::TooLarge => lang.say(
            "照片像素过多，请选择一张较小的，或直接拍摄",
            "The photo has too many pixels: choose a smaller one, or take one here",
        ),
    }
}

/// What a person is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Name and number; not where the caller has said them.
    pub(super) person: bool,
    /// A photo.
    pub(super) photo: bool,
}

/// Reads the details; else everything that is wrong, one for a field.
pub(super) fn read(form: &Form<'_>, wanted: Wanted, sides: (u32, u32), today: Date) -> Result<Submission, Vec<Wrong>> {
    let mut wrong = Vec::new();
    let mut say = |is_wrong| wrong.push(is_wrong);
    let name = wanted.person.then(|| name(form.text("name")).map_err(&mut say).ok()).flatten();
    let id = wanted.person.then(|| number(form.text("number"), today).map_err(&mut say).ok()).flatten();
    let portrait = wanted.photo.then(|| photo(form.photo(), sides).map_err(&mut say).ok()).flatten();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let person = id.zip(name).map(|(id, name)| Person { id, name, portrait: None });
    Ok(Submission { person, portrait: portrait.map(<[u8]>::to_vec) })
}

fn name(text: &str) -> Result<PersonName, Wrong> {
    PersonName::parse(text).map(|parsed| parsed.value).map_err(|flaw| match flaw {
        Flaw::Empty => Wrong::NameMissing,
        _ => Wrong::Name,
    })
}

/// People write numbers in groups. One of the first generation is read in its later form, as at the door.
fn number(text: &str, today: Date) -> Result<ResidentId, Wrong> {
    let text: String = text.split_whitespace().collect();
    let read = match ResidentId::parse(&text, today) {
        Err(Flaw::FirstGeneration) => upgrade15(&text, today),
        read => read.map(|parsed| parsed.value),
    };
    read.map_err(|flaw| match flaw {
        Flaw::Empty => Wrong::NumberMissing,
        Flaw::Length => Wrong::NumberLength,
        Flaw::Check => Wrong::NumberCheck,
        _ => Wrong::Number,
    })
}

fn photo(bytes: &[u8], (least, most): (u32, u32)) -> Result<&[u8], Wrong> {
    if bytes.is_empty() {
        return Err(Wrong::PhotoMissing);
    }
    let head = Head::read(bytes).filter(|head| head.kind != Kind::Bmp).ok_or(Wrong::PhotoKind)?;
    let sides = least..=most;
    let fits = sides.contains(&head.width) && sides.contains(&head.height);
    if fits { Ok(bytes) } else { Err(Wrong::PhotoSides) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = Date::constant(2026, 11, 25);

    #[test]
    fn every_slip_in_a_number_has_its_own_word() {
        for (text, wrong) in [
            ("", Wrong::NumberMissing),
            ("  ", Wrong::NumberMissing),
            ("11010119000101001", Wrong::NumberLength),
            ("110101190001010015", Wrong::NumberCheck),
            ("110101190013010014", Wrong::Number),
            ("11010119000101001A", Wrong::Number),
        ] {
            assert_eq!(number(text, TODAY).unwrap_err(), wrong, "{text}");
        }
        assert_eq!(number(" 110101 19000101 0014 ", TODAY).unwrap().expose(), "110101190001010014");
    }

    #[test]
    fn a_photo_is_known_by_its_bytes() {
        assert_eq!(photo(b"", (1, 9)), Err(Wrong::PhotoMissing));
        assert_eq!(photo(b"GIF89a", (1, 9)), Err(Wrong::PhotoKind));
        let png = |side: u8| {
            [b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0".as_slice(), &[side], b"\0\0\0", &[side], b"rest"].concat()
        };
        assert_eq!(photo(&png(9), (1, 9)), Ok(png(9).as_slice()));
        assert_eq!(photo(&png(10), (1, 9)), Err(Wrong::PhotoSides));
    }

    #[test]
    fn every_word_is_said_in_both_languages() {
        let photos = Unusable::ALL.iter().copied().map(Wrong::PhotoUnusable);
        for wrong in photos.chain([Wrong::Name, Wrong::OtherPerson, Wrong::NotAgreedToPhoto]) {
            assert!(wrong.text(Lang::En).is_ascii() && !wrong.text(Lang::Zh).is_ascii(), "{wrong:?}");
        }
    }
}
