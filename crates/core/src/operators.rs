//! Operators: who looks at cases and decides them. Not to be confused with callers (who sign requests) and subjects (who
//! are verified).

use crate::time::UnixTime;

/// What an operator may do. Each may do what those before may. The number of each is part of the stored format: never
/// reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Role {
    /// Lists cases and looks at them, people's values masked.
    Viewer = 1,
    /// Sees everything of a case, its papers too, and decides.
    Reviewer = 2,
    /// Also looks after what the server does by itself.
    Admin = 3,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Reviewer, Self::Admin];

    /// The word for it in lists and messages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Reviewer => "reviewer",
            Self::Admin => "admin",
        }
    }

    /// The role that a word means.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }

    /// The role of a stored number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|role| *role as i64 == number)
    }
}

/// An operator. The key is kept elsewhere, as a hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The name under which they decide. A name is given once and never to somebody else.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether their key is taken, and their name may decide.
    pub enabled: bool,
    /// When they were added.
    pub added: UnixTime,
    /// When they got the key that they have now.
    pub keyed: UnixTime,
}

impl Operator {
    /// Whether a text can be an operator's name: 1 to 32 lower-case letters, digits, `-`, `_` and `.`, a letter or digit
    /// first. So no two names look the same, and "two people" cannot be one who is written in two ways.
    pub fn is_name(text: &str) -> bool {
        let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
        text.len() <= 32
            && text.bytes().next().is_some_and(plain)
            && text.bytes().all(|c| plain(c) || b"-_.".contains(&c))
    }

    /// Whether they may do what needs a role.
    pub fn may(&self, needed: Role) -> bool {
        self.enabled && self.role >= needed
    }
}

/// Where operators are kept.
pub trait Operators: Send + Sync {
    /// Every operator, by name.
    fn all(&self) -> Result<Vec<Operator>, OperatorsError>;

    /// Whose key this is, enabled or not. How long it takes says nothing about how near a wrong key is.
    fn by_key(&self, key: &str) -> Result<Option<Operator>, OperatorsError>;
}

/// The operators could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the store of operators failed")]
pub struct OperatorsError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        for name in ["wang", "li.wei", "0-a_b", &"a".repeat(32)] {
            assert!(Operator::is_name(name), "{name}");
        }
        for name in ["", "Wang", "王", "-a", ".a", "a b", "a\n", "a/b", &"a".repeat(33)] {
            assert!(!Operator::is_name(name), "{name}");
        }
    }

    #[test]
    fn each_role_may_do_what_those_before_may() {
        let of =
            |role, enabled| Operator { name: "wang".into(), role, enabled, added: UnixTime(0), keyed: UnixTime(0) };
        let may = |role| Role::ALL.map(|needed| of(role, true).may(needed));
        assert_eq!(Role::ALL.map(may), [[true, false, false], [true, true, false], [true, true, true]]);
        assert!(!of(Role::Admin, false).may(Role::Viewer), "who is disabled may do nothing");
    }

    #[test]
    fn words_and_numbers_lead_back() {
        for role in Role::ALL {
            assert_eq!((Role::from_word(role.word()), Role::from_number(role as i64)), (Some(role), Some(role)));
        }
        assert_eq!((Role::from_word("root"), Role::from_number(0)), (None, None));
    }
}
