//! The text that a person agrees to. A change of a word is a new version: what was agreed to must stay known.

use super::lang::Lang;

/// The version, with the language in which the text was read: what is recorded.
pub(super) fn version(lang: Lang) -> String {
    format!("{VERSION} {}", lang.tag())
}

const VERSION: &str = "2026-11-27";

/// What a consent is about, and with that which paragraphs there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Name and number.
    Details,
    /// Name and number, or what was found about them before.
    DetailsOrEarlier,
    /// Name, number and a photo.
    Photo,
}

/// What is said of an earlier verification: behind the first paragraph.
const KNOWN: (&str, &str) = (
    "如果您此前在“{caller}”通过了同类核验，且该记录尚在保存期内，将直接采用那次的结论，您无需再次填写。",
    "If you passed the same check for “{caller}” before and its record is still kept, that result is used and you need not enter anything again.",
);

/// The text, a paragraph each. `{caller}` stands for who asks, `{what}` for what is given.
const TEXT: [(&str, &str); 5] = [
    (
        "为完成本次核验，受理台处理您的{what}：与登记数据比对；比对不能得出结论时，由受理人员审核。",
        "To carry out this check the desk uses your {what}: they are compared with the register, and looked at by a person where the comparison does not decide.",
    ),
    (
        "“{caller}”会得知核验是否通过，以及一个只在该商户内有效、不含您身份信息的编号；不会从受理台得到您填写的内容或照片。",
        "“{caller}” learns whether you passed, and an identifier that means something to that merchant alone and tells nothing about you. It does not get what you enter here, nor your photo.",
    ),
    (
        "您填写的内容和照片加密保存，得出结论后立即删除；未得出结论的，在本次核验到期时删除。",
        "What you enter and your photo are kept encrypted and erased as soon as there is a decision, or when the time for this check is over.",
    ),
    (
        "保留的只有不含个人信息的核验记录，以及您同意的时间和文本版本。",
        "What stays is a record of the check without personal details, and when you agreed to which version of this text.",
    ),
    (
        "您可以不同意：本次核验随即取消，不会处理您的任何信息。同意之后、得出结论之前，您也可以随时撤回，已提交的内容随即删除。",
        "You may decline. The check is then called off and nothing of yours is used. After you have agreed you may withdraw at any time until there is a decision; what you gave is erased at once.",
    ),
];

/// The paragraphs, filled in.
pub(super) fn paragraphs(lang: Lang, caller: &str, scope: Scope) -> Vec<String> {
    let what = if scope == Scope::Photo {
        lang.say("姓名、公民身份号码和人脸照片", "name, ID number and a photo of your face")
    } else {
        lang.say("姓名和公民身份号码", "name and ID number")
    };
    let known = (scope == Scope::DetailsOrEarlier).then_some(&KNOWN);
    let text = TEXT.iter().take(1).chain(known).chain(TEXT.iter().skip(1));
    text.map(|&(zh, en)| lang.say(zh, en).replace("{what}", what).replace("{caller}", caller)).collect()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA256, digest};

    use super::*;
    use crate::doors::alipay::hex;

    #[test]
    fn another_text_is_another_version() {
        let all: String = [Lang::Zh, Lang::En]
            .into_iter()
            .flat_map(|lang| {
                [Scope::Photo, Scope::DetailsOrEarlier, Scope::Details]
                    .map(|scope| paragraphs(lang, "caller", scope).join("\n"))
            })
            .collect();
        let mark = hex(digest(&SHA256, all.as_bytes()).as_ref());
        assert_eq!(
            (VERSION, &mark[..16]),
            ("2026-11-27", "6e1d567b8d2d7d35"),
            "give the changed text a version of its own"
        );
    }

    #[test]
    fn the_caller_and_what_is_given_are_named() {
        let zh = paragraphs(Lang::Zh, "样例公司", Scope::Photo).concat();
        assert!(zh.contains("样例公司") && zh.contains("人脸照片") && !zh.contains('{'));
        let known = paragraphs(Lang::En, "Sample Ltd", Scope::DetailsOrEarlier).concat();
        assert!(!known.contains("your face") && known.contains("for “Sample Ltd” before"));
        assert!(!paragraphs(Lang::En, "Sample Ltd", Scope::Details).concat().contains("before and its record"));
        assert_eq!(version(Lang::Zh), "2026-11-27 zh-CN");
    }
}
