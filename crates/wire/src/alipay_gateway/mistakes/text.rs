//! Which text the client signed, when its hash is known: the ways in which clients are known to write another one.

use aws_lc_rs::digest::digest;

use super::super::call::Unverified;
use super::super::sign::{Empties, Parameters, write};
use super::{Known, Mistake};
use crate::alipay::aes::ContentKey;
use crate::alipay::form::{self, Escapes};
use crate::alipay::keys::Algorithm;
use crate::alipay::mistake::{Budget, misread, other_spellings, recoded, replaced};
use crate::alipay::text::Charset;
use crate::diagnosis::shown_name;

/// What the client's text turned out to be.
pub(super) enum Text {
    /// What this server built.
    AsBuilt,
    /// Another, for this reason.
    Other(Mistake),
    /// None that is known.
    Unknown,
}

/// Looks for the text that has this hash.
pub(super) fn look_for(call: &Unverified<'_>, known: &Known<'_>, algorithm: Algorithm, hash: &[u8]) -> Text {
    let parameters = call.parameters();
    let search =
        Search { parameters, pairs: parameters.signed(Empties::Dropped), algorithm, hash, budget: Budget::new() };
    if search.is(&search.pairs) || (parameters.has_empty() && search.is(&parameters.signed(Empties::Kept))) {
        return Text::AsBuilt;
    }
    let found = search
        .charset()
        .or_else(|| search.escapes())
        .or_else(|| search.blanks())
        .or_else(|| search.order())
        .or_else(|| search.choice())
        .or_else(|| search.empties())
        .or_else(|| search.stray())
        .or_else(|| search.content(known.content_key));
    found.map_or(Text::Unknown, Text::Other)
}

/// Looks for the text whose hash the client signed.
struct Search<'a> {
    parameters: &'a Parameters<'a>,
    pairs: Vec<(&'a [u8], &'a [u8])>,
    algorithm: Algorithm,
    hash: &'a [u8],
    budget: Budget,
}

/// What may have been done to one value, told its name; `None` leaves it alone.
type Change<'c> = &'c dyn Fn(&[u8], &[u8]) -> Option<Vec<u8>>;

impl<'a> Search<'a> {
    fn is_text(&self, text: &[u8]) -> bool {
        digest(self.algorithm.hash(), text).as_ref() == self.hash
    }

    fn is(&self, pairs: &[(&[u8], &[u8])]) -> bool {
        let size = pairs.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
        self.budget.covers(size) && self.is_text(&joined(pairs))
    }

    fn is_changed(&self, change: Change<'_>) -> bool {
        if !self.budget.covers(self.pairs.iter().map(|(_, value)| value.len()).sum()) {
            return false;
        }
        let changed =
            self.pairs.iter().map(|(name, value)| (*name, change(name, value).unwrap_or_else(|| value.to_vec())));
        let changed: Vec<(&[u8], Vec<u8>)> = changed.collect();
        self.is(&changed.iter().map(|(name, value)| (*name, value.as_slice())).collect::<Vec<_>>())
    }

    fn is_without(&self, skip: impl Fn(&[u8], &[u8]) -> bool) -> bool {
        self.is(&self.pairs.iter().copied().filter(|(name, value)| !skip(name, value)).collect::<Vec<_>>())
    }

    /// Names and values in the order they came.
    fn in_order(&self) -> Vec<(&'a [u8], &'a [u8])> {
        let fields = self.parameters.fields().iter();
        let signed = fields.filter(|field| *field.name != *b"sign" && !field.value.is_empty());
        signed.map(|field| (&*field.name, &*field.value)).collect()
    }

    fn charset(&self) -> Option<Mistake> {
        if self.is_changed(&|_, value| recoded(value, Charset::Utf8)) {
            return Some(Mistake::new(
                "signed-gbk-sent-utf8",
                "The text was signed in GBK but sent in UTF-8. Use one charset for both, and declare it.",
                "签名时按 GBK、发送时按 UTF-8 编码，两处应一致并与 charset 相符。",
            ));
        }
        if self.is_changed(&|_, value| recoded(value, Charset::Gbk)) {
            return Some(Mistake::new(
                "signed-utf8-sent-gbk",
                "The text was signed in UTF-8 but sent in GBK. Use one charset for both, and declare it.",
                "签名时按 UTF-8、发送时按 GBK 编码，两处应一致并与 charset 相符。",
            ));
        }
        self.is_changed(&|_, value| misread(value)).then(|| {
            Mistake::new(
                "gbk-read-as-utf8",
                "charset is GBK, and the SDK signed GBK bytes that it read again as UTF-8 (Node SDK 3 does). Use utf-8.",
                "charset 为 GBK 时 SDK 把 GBK 字节按 UTF-8 再读了一遍再签名（Node SDK 3 的问题），请改用 utf-8。",
            )
        })
    }

    fn escapes(&self) -> Option<Mistake> {
        let mut as_sent: Vec<(&[u8], &[u8])> = self
            .parameters
            .fields()
            .iter()
            .filter(|field| *field.name != *b"sign" && !field.value.is_empty())
            .map(|field| (&*field.name, field.raw))
            .collect();
        as_sent.sort_unstable();
        let escaped = |value: &[u8], escapes| {
            let mut out = Vec::new();
            form::encode(&mut out, value, escapes);
            Some(out)
        };
        if self.is(&as_sent)
            || self.is_changed(&|_, value| escaped(value, Escapes::Form))
            || self.is_changed(&|_, value| escaped(value, Escapes::Rfc3986))
        {
            return Some(Mistake::new(
                "values-signed-encoded",
                "The values were percent-encoded before they were signed. Sign them raw, then encode them for the URL.",
                "签名前对参数值做了 URL 编码。应先用原值签名，再编码发送。",
            ));
        }
        let once_more = |value: &[u8]| Some(form::decode(value).into_owned());
        let one_value =
            |wanted: &[u8]| self.is_changed(&|name, value| (name == wanted).then(|| form::decode(value).into_owned()));
        (self.is_changed(&|_, value| once_more(value)) || self.pairs.iter().any(|(name, _)| one_value(name))).then(
            || {
                Mistake::new(
                    "values-encoded-twice",
                    "Values were percent-encoded twice on their way. Encode them once.",
                    "参数值被做了两次 URL 编码，只应编码一次。",
                )
            },
        )
    }

    /// A moment has a blank of its own, so `timestamp` is left alone.
    fn blanks(&self) -> Option<Mistake> {
        let all = |name: &[u8], value: &[u8]| (name != b"timestamp").then(|| replaced(value, b" ", b"+"));
        let some = |name: &[u8], value: &[u8]| (name != b"timestamp").then(|| plus_in_base64(value));
        let long = |name: &[u8], value: &[u8]| (name != b"timestamp").then(|| plus_in_long_words(value));
        let one = |wanted: &[u8]| self.is_changed(&|name, value| (name == wanted).then(|| replaced(value, b" ", b"+")));
        if self.is_changed(&all)
            || self.is_changed(&some)
            || self.is_changed(&long)
            || self.pairs.iter().any(|(name, _)| one(name))
            || self.pairs.iter().any(|(name, value)| *name != b"timestamp" && self.some_blanks(name, value))
        {
            return Some(Mistake::new(
                "plus-became-blank",
                "A + in a value arrived as a blank: the value was not percent-encoded. Encode + as %2B (base64 of pictures is full of them).",
                "参数值中的 + 到达时变成了空格：发送时没有做 URL 编码，+ 应编码为 %2B（图片的 base64 中很多）。",
            ));
        }
        let back = |with: &'static [u8]| self.is_changed(&move |_, value| Some(replaced(value, b"+", with)));
        (back(b" ") || back(b"%20")).then(|| {
            Mistake::new(
                "blank-became-plus",
                "Blanks were turned into + before the values were encoded, so they arrived as plus signs.",
                "参数值中的空格在编码前被换成了 +，服务端收到的是加号。",
            )
        })
    }

    /// Whether some of a value's few blanks were pluses, and the others blanks.
    fn some_blanks(&self, wanted: &[u8], value: &[u8]) -> bool {
        let blanks = value.split(|&byte| byte == b' ').count() - 1;
        (2..=FEW_BLANKS).contains(&blanks)
            && (1..(1_u32 << blanks) - 1).any(|chosen| {
                let mut left = chosen;
                let changed: Vec<u8> = value
                    .iter()
                    .map(|&byte| {
                        if byte != b' ' {
                            return byte;
                        }
                        let lost = left & 1 == 1;
                        left >>= 1;
                        if lost { b'+' } else { b' ' }
                    })
                    .collect();
                self.is_changed(&|name, _| (name == wanted).then(|| changed.clone()))
            })
    }

    fn order(&self) -> Option<Mistake> {
        let in_order = self.in_order();
        let mut body_first = in_order.clone();
        body_first.rotate_left(self.parameters.in_query().min(in_order.len()));
        let mut by_letter = self.pairs.clone();
        by_letter.sort_by_key(|(name, _)| name.to_ascii_lowercase());
        let mut backwards = self.pairs.clone();
        backwards.reverse();
        [&in_order, &body_first, &by_letter, &backwards].iter().any(|order| self.is(order)).then(|| {
            Mistake::new(
                "not-sorted",
                "The parameters were not sorted by name (plain byte order) before they were signed.",
                "签名前没有按参数名的字节序排序。",
            )
        })
    }

    fn choice(&self) -> Option<Mistake> {
        if self.is_without(|name, _| name == b"sign_type") {
            return Some(Mistake::new(
                "sign-type-left-out",
                "sign_type was left out of the string to sign. Only sign is left out; sign_type is signed.",
                "待签名字符串漏掉了 sign_type。只应去掉 sign，sign_type 要参与签名。",
            ));
        }
        if let Some((name, _)) = self.pairs.iter().find(|(name, _)| self.is_without(|other, _| other == *name)) {
            let name = shown_name(name);
            return Some(Mistake::new(
                "parameter-not-signed",
                format!(
                    "The parameter {name} was sent but not signed. Every parameter but sign and empty ones is signed, in query and body alike."
                ),
                format!("参数 {name} 发送了但没有参与签名。除 sign 和空值外，URL 与正文中的参数都要签名。"),
            ));
        }
        let in_order = self.in_order();
        let (query, body) = in_order.split_at(self.parameters.in_query().min(in_order.len()));
        let sorted = |half: &[(&'a [u8], &'a [u8])]| {
            let mut half = half.to_vec();
            half.sort_unstable();
            half
        };
        if self.is(&sorted(query)) || self.is(&sorted(body)) {
            return Some(Mistake::new(
                "half-signed",
                "Only the query or only the body was signed. The string to sign is over both together.",
                "只签了 URL 参数或只签了正文参数，两者应合并后签名。",
            ));
        }
        self.is_without(|_, value| value == b"0" || value.starts_with(b"@")).then(|| {
            Mistake::new(
                "falsy-dropped",
                "Values that are 0 or begin with @ were left out (the PHP SDK does). Avoid such values.",
                "值为 0 或以 @ 开头的参数没有参与签名（PHP SDK 如此），请避免这类取值。",
            )
        })
    }

    fn empties(&self) -> Option<Mistake> {
        let all = self.parameters.signed(Empties::Kept);
        let empty: Vec<&[u8]> = all.iter().filter(|(_, value)| value.is_empty()).map(|(name, _)| *name).collect();
        let only = |kept: &[u8]| {
            all.iter().copied().filter(|(name, value)| !value.is_empty() || *name == kept).collect::<Vec<_>>()
        };
        let but = |dropped: &[u8]| all.iter().copied().filter(|(name, _)| *name != dropped).collect::<Vec<_>>();
        empty.iter().take(64).any(|name| self.is(&only(name)) || self.is(&but(name))).then(|| {
            Mistake::new(
                "empty-values",
                "Some of the empty parameters were signed and others not. Leave them all out.",
                "空值参数有的参与签名、有的没有。应全部去掉。",
            )
        })
    }

    fn stray(&self) -> Option<Mistake> {
        let text = joined(&self.pairs);
        [[text.as_slice(), b"&"].concat(), [text.as_slice(), b"\n"].concat(), [b"?", text.as_slice()].concat()]
            .iter()
            .any(|text| self.is_text(text))
            .then(|| {
                Mistake::new(
                    "stray-character",
                    "A stray character stands around the string to sign (a trailing & or line end, or a leading question mark).",
                    "待签名字符串首尾多了字符（末尾的 & 或换行，或开头的问号）。",
                )
            })
    }

    fn content(&self, key: Option<&ContentKey>) -> Option<Mistake> {
        let content = self.parameters.value("biz_content")?;
        let is = |other: &[u8]| self.is_changed(&|name, _| (name == b"biz_content").then(|| other.to_vec()));
        if let Some((how, _)) = other_spellings(content).iter().find(|(_, other)| is(other)) {
            return Some(Mistake::new(
                "content-reserialised",
                format!(
                    "biz_content was written again between signing and sending: the signed text is the same {how}. Sign exactly the text that is sent."
                ),
                "签名之后 biz_content 又被重新序列化（或改写空白）。发送的文本必须与签名的文本一致。",
            ));
        }
        let plain = key.and_then(|key| key.decrypt(content).ok())?;
        is(&plain).then(|| {
            Mistake::new(
                "signed-before-encryption",
                "biz_content was signed in the clear and encrypted afterwards. Encrypt first, then sign the ciphertext.",
                "biz_content 先签名后加密了。应先加密，再对密文签名。",
            )
        })
    }
}

fn joined(pairs: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    write(pairs, |bytes| out.extend_from_slice(bytes));
    out
}

/// So many blanks of one value are tried in every combination.
const FEW_BLANKS: usize = 6;

/// Blanks become pluses in the strings of a JSON text that are too long for anything but base64: names keep theirs.
fn plus_in_long_words(value: &[u8]) -> Vec<u8> {
    const LONG: usize = 64;
    let mut pieces = value.split(|&byte| byte == b'"');
    let mut out = pieces.next().unwrap_or_default().to_vec();
    for piece in pieces {
        out.push(b'"');
        if piece.len() < LONG {
            out.extend_from_slice(piece);
        } else {
            out.extend(piece.iter().map(|&byte| if byte == b' ' { b'+' } else { byte }));
        }
    }
    out
}

/// Blanks become pluses, but for those behind JSON punctuation, where blanks are meant.
fn plus_in_base64(value: &[u8]) -> Vec<u8> {
    let mut before = b'{';
    value
        .iter()
        .map(|&byte| {
            let lost = byte == b' ' && !matches!(before, b',' | b':' | b'{' | b'[' | b'"' | b'}' | b']' | b' ');
            before = byte;
            if lost { b'+' } else { byte }
        })
        .collect()
}
