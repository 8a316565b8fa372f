//! How people are named to apps: ids in the vendor's form, made from the subject's tag with the installation's key.
//!
//! Nobody here is a member of anything. The ids are stable, tell nothing about the person, and an `open_id` or a
//! `merchant_identity_id` of one app tells another app nothing (docs: Alipay v3 specification, section 3.2).

use shiming_core::{Ledger, SubjectTag};

/// The ids of one person, in the eyes of one app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// `user_id`: 2088 and twelve digits.
    pub user_id: String,
    /// `open_id`: 47 letters and digits, another for each app.
    pub open_id: String,
    /// `merchant_identity_id`: the same for the same person under one merchant.
    pub merchant_identity_id: String,
}

impl Member {
    /// The ids of a subject.
    pub fn of(subject: SubjectTag, app_id: &str, ledger: &dyn Ledger) -> Self {
        let tag = |what: &str, app_id: &str| ledger.tag(&[b"alipay", what.as_bytes(), app_id.as_bytes(), &subject.0]);
        let digits = u128::from_be_bytes(tag("user_id", "")) % 1_000_000_000_000;
        let letters = ["open_id", "open_id 2", "open_id 3"].into_iter().flat_map(|part| tag(part, app_id));
        Self {
            user_id: format!("2088{digits:012}"),
            open_id: letters.take(47).map(letter).collect(),
            merchant_identity_id: format!("V1_{}", super::hex(&tag("merchant_identity_id", app_id))),
        }
    }
}

/// Which of a person's two ids an app is told (v3 specification, section 3.2). It may ask by either all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MemberIds {
    /// Both.
    #[default]
    Both,
    /// `user_id`, which is the same for every app.
    UserId,
    /// `open_id`, which is the app's own.
    OpenId,
}

impl MemberIds {
    /// The words for them, in settings and on the command line.
    pub const WORDS: [&str; 3] = ["both", "user_id", "open_id"];

    /// Reads a word.
    pub fn from_word(word: &str) -> Option<Self> {
        let known = [Self::Both, Self::UserId, Self::OpenId].into_iter().zip(Self::WORDS);
        known.into_iter().find_map(|(ids, known)| (known == word).then_some(ids))
    }

    pub(super) fn user_id(self, member: &Member) -> Option<&str> {
        (self != Self::OpenId).then_some(&member.user_id)
    }

    pub(super) fn open_id(self, member: &Member) -> Option<&str> {
        (self != Self::UserId).then_some(&member.open_id)
    }
}

fn letter(byte: u8) -> char {
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    char::from(ALPHABET[usize::from(byte) % ALPHABET.len()])
}
