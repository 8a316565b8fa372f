//! The two languages. A phrase stands with its translation where it is used, so that neither is forgotten.

use http::{HeaderMap, header::ACCEPT_LANGUAGE};

/// A language that the desk speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lang {
    /// Simplified Chinese.
    Zh,
    /// English.
    En,
}

impl Lang {
    /// The value of `lang` attributes, and of the switch.
    pub(super) const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    pub(super) fn from_tag(tag: &str) -> Option<Self> {
        [Self::Zh, Self::En].into_iter().find(|lang| lang.tag() == tag)
    }

    /// The other one, and its own name for itself.
    pub(super) const fn other(self) -> (Self, &'static str) {
        match self {
            Self::Zh => (Self::En, "English"),
            Self::En => (Self::Zh, "中文"),
        }
    }

    /// A phrase in this language.
    pub(super) const fn say(self, zh: &'static str, en: &'static str) -> &'static str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }

    /// What a browser prefers of the two; Chinese for one that prefers neither.
    pub(super) fn preferred(headers: &HeaderMap) -> Self {
        let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let mut best = (Self::Zh, 0.0);
        for range in wanted.split(',').take(32) {
            let mut parts = range.split(';').map(str::trim);
            let tag = parts.next().unwrap_or_default();
            let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |q| q.parse::<f32>().ok());
            let primary = tag.split('-').next().unwrap_or_default();
            let lang = if primary.eq_ignore_ascii_case("zh") {
                Self::Zh
            } else if primary.eq_ignore_ascii_case("en") {
                Self::En
            } else {
                continue;
            };
            if let Some(weight) = weight.filter(|weight| *weight > best.1) {
                best = (lang, weight);
            }
        }
        best.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_that_weighs_most_is_spoken() {
        for (wanted, lang) in [
            ("", Lang::Zh),
            ("*", Lang::Zh),
            ("fr-FR,fr;q=0.9", Lang::Zh),
            ("en-US,en;q=0.9", Lang::En),
            ("zh-CN,zh;q=0.9,en;q=0.8", Lang::Zh),
            ("en;q=0.5, zh-TW;q=0.7", Lang::Zh),
            ("zh;q=0, EN", Lang::En),
            ("en;q=x,zh;q=0.1", Lang::Zh),
            ("de,en;q=0.3", Lang::En),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_LANGUAGE, wanted.parse().unwrap())]);
            assert_eq!(Lang::preferred(&headers), lang, "{wanted}");
        }
        assert_eq!(Lang::preferred(&HeaderMap::new()), Lang::Zh);
    }
}
