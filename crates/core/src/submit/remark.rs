//! Remarks: what checks beside the reviewer found about a case.

use crate::time::UnixTime;

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Whether the form could be read, and what its door has a doubt about.
    Form,
    /// A number's form and check character.
    Number,
    /// A mobile number's form.
    Mobile,
    /// An organisation's number, name and legal person, against the sources.
    Company,
    /// A person's name and number, against the sources.
    Person,
    /// The days between which a paper is valid.
    Validity,
    /// Whether a picture can be read.
    Image,
    /// Whether a paper is in a case of another name.
    PaperElsewhere,
    /// Whether a paper is in the case twice.
    PaperTwice,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 9] = [
        Self::Form,
        Self::Number,
        Self::Mobile,
        Self::Company,
        Self::Person,
        Self::Validity,
        Self::Image,
        Self::PaperElsewhere,
        Self::PaperTwice,
    ];

    /// The word for it. Part of the stored format: never change one.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Number => "number",
            Self::Mobile => "mobile",
            Self::Company => "company",
            Self::Person => "person",
            Self::Validity => "validity",
            Self::Image => "image",
            Self::PaperElsewhere => "paper_elsewhere",
            Self::PaperTwice => "paper_twice",
        }
    }

    /// The topic that a word means.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.word() == word)
    }
}

/// What a look has come to. The number of each is part of the stored format: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Judgement {
    /// It is as it should be.
    Clear = 1,
    /// Somebody should look.
    Doubt = 2,
    /// It is not as it should be.
    Bad = 3,
}

impl Judgement {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Clear, Self::Doubt, Self::Bad];

    /// The judgement of a stored number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|judgement| *judgement as i64 == number)
    }

    /// The word for it in lists and answers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Doubt => "doubt",
            Self::Bad => "bad",
        }
    }
}

/// A remark on a case. It names a field and never what is in it, so it is kept in the clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// What was looked at.
    pub topic: Topic,
    /// The field's name, or the paper's role, in the door's word; empty for the whole case.
    pub field: String,
    /// What it has come to.
    pub judgement: Judgement,
    /// Why, in a word of ours.
    pub why: String,
}

impl Remark {
    /// A remark.
    pub fn new(topic: Topic, field: impl Into<String>, judgement: Judgement, why: &'static str) -> Self {
        Self { topic, field: field.into(), judgement, why: why.into() }
    }
}

/// All remarks of a round, made at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remarked {
    /// The round.
    pub round: u32,
    /// When.
    pub at: UnixTime,
    /// The remarks.
    pub remarks: Vec<Remark>,
}

impl Remarked {
    /// Whether something was looked at, and all of it is clear.
    pub fn is_clear(&self) -> bool {
        !self.remarks.is_empty() && self.remarks.iter().all(|remark| remark.judgement == Judgement::Clear)
    }
}
