//! From a record's bytes to named cells: CSV by a header, NDJSON by its names.

use std::{borrow::Cow, fmt};

use csv_core::{ReadRecordResult, Reader};
use encoding_rs::{Encoding as Charset, GB18030};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;

use super::row::{Column, Reason, Reject};

/// How characters are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[value(name = "utf-8", alias = "utf8")]
    Utf8,
    /// GB 18030, and with it GBK and GB 2312.
    #[value(alias = "gbk", alias = "gb2312")]
    Gb18030,
}

impl Encoding {
    /// Decodes a record strictly: a character that cannot be read is never guessed.
    pub(crate) fn decode(self, bytes: &[u8]) -> Result<Cow<'_, str>, Reject> {
        let unreadable = Reject::of(Reason::Encoding);
        match self {
            Self::Utf8 => std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| unreadable),
            Self::Gb18030 => strict(GB18030, bytes).ok_or(unreadable),
        }
    }
}

fn strict<'a>(charset: &'static Charset, bytes: &'a [u8]) -> Option<Cow<'a, str>> {
    charset.decode_without_bom_handling_and_without_replacement(bytes)
}

/// The cells of one row by column; used again for every row.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    texts: [String; Column::ALL.len()],
}

impl Cells {
    /// What stands in a column, blanks at both ends left out.
    pub(crate) fn text(&self, column: Column) -> &str {
        self.texts.get(column as usize).map(|text| text.trim()).unwrap_or_default()
    }

    fn clear(&mut self) {
        self.texts.iter_mut().for_each(String::clear);
    }

    fn put(&mut self, column: Column, text: &str) {
        if let Some(cell) = self.texts.get_mut(column as usize) {
            cell.push_str(text);
        }
    }
}

/// Reads rows of one form into cells.
#[derive(Debug)]
pub(crate) enum RowReader {
    /// By a header.
    Csv(Box<CsvReader>),
    /// By names in each row.
    NdJson,
}

impl RowReader {
    /// Reads a row.
    pub(crate) fn read(&mut self, text: &str, cells: &mut Cells) -> Result<(), Reject> {
        cells.clear();
        match self {
            Self::Csv(reader) => reader.read(text, cells),
            Self::NdJson => read_json(text, cells),
        }
    }
}

/// Reads CSV rows.
#[derive(Debug)]
pub(crate) struct CsvReader {
    parser: Reader,
    fields: Vec<u8>,
    ends: Vec<usize>,
    /// The column of each field; `None` for a column that is the operator's own.
    header: Vec<Option<Column>>,
}

/// The most fields that a row may have.
const MOST_FIELDS: usize = 256;

/// What is wrong with a header.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HeaderError {
    #[error("the first line is no header: it cannot be read as CSV")]
    Unreadable,
    #[error("the header has an unknown column `{0}`; columns are {columns}", columns = Column::names())]
    Unknown(String),
    #[error("the header has the column `{0}` twice")]
    Twice(&'static str),
    #[error("the first line is no header: it names no column; columns are {columns}", columns = Column::names())]
    None,
}

impl CsvReader {
    /// A reader by the header line.
    pub(crate) fn new(header: &str) -> Result<Self, HeaderError> {
        let mut reader = Self {
            parser: Reader::new(),
            fields: vec![0; header.len().max(1024)],
            ends: vec![0; MOST_FIELDS],
            header: Vec::new(),
        };
        let count = reader.split(header).ok_or(HeaderError::Unreadable)?;
        let mut columns = Vec::new();
        for index in 0..count {
            let name = reader.field(index).trim();
            let column = Column::from_name(name);
            if let Some(column) = column
                && columns.contains(&Some(column))
            {
                return Err(HeaderError::Twice(column.name()));
            }
            if column.is_none() && !Column::is_own(name) {
                // A number here means that the header is missing: do not print somebody's value.
                let number = name.chars().any(|c| c.is_ascii_digit());
                let any_known = (0..count).any(|index| Column::from_name(reader.field(index).trim()).is_some());
                return Err(if number || !any_known {
                    HeaderError::None
                } else {
                    HeaderError::Unknown(name.to_owned())
                });
            }
            columns.push(column);
        }
        reader.header = columns;
        Ok(reader)
    }

    fn read(&mut self, text: &str, cells: &mut Cells) -> Result<(), Reject> {
        let count = self.split(text).ok_or(Reject::of(Reason::Columns))?;
        if count > self.header.len() {
            return Err(Reject::of(Reason::Columns));
        }
        for (index, column) in self.header.iter().enumerate().take(count) {
            if let Some(column) = column {
                cells.put(*column, self.field(index));
            }
        }
        Ok(())
    }

    /// Splits a record into fields; how many there are.
    fn split(&mut self, text: &str) -> Option<usize> {
        if self.fields.len() < text.len() {
            self.fields.resize(text.len(), 0);
        }
        self.parser.reset();
        let (mut input, mut written, mut count) = (text.as_bytes(), 0, 0);
        loop {
            let (result, read, wrote, ended) =
                self.parser.read_record(input, self.fields.get_mut(written..)?, self.ends.get_mut(count..)?);
            input = input.get(read..)?;
            written += wrote;
            count += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::Record => return Some(count),
                ReadRecordResult::End => return (count > 0).then_some(count),
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => return None,
            }
        }
    }

    fn field(&self, index: usize) -> &str {
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(index).copied().unwrap_or(start);
        // The text was UTF-8, and quotes and commas cannot cut a character.
        self.fields.get(start..end).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

fn read_json(text: &str, cells: &mut Cells) -> Result<(), Reject> {
    let Members(row) = serde_json::from_str(text).map_err(|_| Reject::of(Reason::Json))?;
    for (name, value) in row {
        let Some(column) = Column::from_name(&name) else {
            if Column::is_own(&name) {
                continue;
            }
            return Err(Reject::of(Reason::UnknownName));
        };
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text,
            Value::Number(number) if number.is_u64() => number.to_string(),
            _ => return Err(Reject::at(column, Reason::Json)),
        };
        if !cells.text(column).is_empty() {
            return Err(Reject::at(column, Reason::Twice));
        }
        cells.put(column, &text);
    }
    Ok(())
}

/// An object's members, each as often as it stands there: a map would keep the last of two and not tell.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(header: &str, row: &str) -> Result<Cells, Reject> {
        let mut cells = Cells::default();
        RowReader::Csv(Box::new(CsvReader::new(header).unwrap())).read(row, &mut cells)?;
        Ok(cells)
    }

    #[test]
    fn a_header_may_stand_in_any_order_and_in_chinese() {
        let cells =
            csv("姓名, 身份证号,x_note,mobile", "\"样例\"\"甲\", 110101190001010014 ,\"a,b\",13800000001").unwrap();
        assert_eq!(cells.text(Column::Name), "样例\"甲");
        assert_eq!(cells.text(Column::IdNumber), "110101190001010014");
        assert_eq!(cells.text(Column::Mobile), "13800000001");
    }

    #[test]
    fn a_wrong_header_says_what_is_wrong_and_never_a_number() {
        let error = |header| CsvReader::new(header).unwrap_err();
        assert_eq!(error("name,nmae"), HeaderError::Unknown("nmae".into()));
        assert_eq!(error("name,姓名"), HeaderError::Twice("name"));
        assert_eq!(error("样例甲,110101190001010014"), HeaderError::None);
    }

    #[test]
    fn a_short_row_is_filled_and_a_long_one_refused() {
        assert_eq!(csv("name,mobile", "a").unwrap().text(Column::Mobile), "");
        assert_eq!(csv("name", "a,b").unwrap_err(), Reject::of(Reason::Columns));
    }

    #[test]
    fn json_takes_texts_whole_numbers_and_null() {
        let mut cells = Cells::default();
        let mut read =
            |text: &str| RowReader::NdJson.read(text, &mut cells).map(|()| cells.text(Column::Mobile).to_owned());
        assert_eq!(read(r#"{"mobile":13800000001,"name":null,"x_a":[1]}"#).unwrap(), "13800000001");
        assert_eq!(read(r#"{"mobile":1.5}"#).unwrap_err(), Reject::at(Column::Mobile, Reason::Json));
        assert_eq!(read(r#"{"mobil":"1"}"#).unwrap_err(), Reject::of(Reason::UnknownName));
        assert_eq!(read("[1]").unwrap_err(), Reject::of(Reason::Json));
    }

    #[test]
    fn a_column_has_one_value_by_whichever_name() {
        let mut cells = Cells::default();
        for row in [r#"{"name":"a","name":"b"}"#, r#"{"name":"a","姓名":"a"}"#, r#"{"NAME":"a","name":"b"}"#] {
            let read = RowReader::NdJson.read(row, &mut cells);
            assert_eq!(read.unwrap_err(), Reject::at(Column::Name, Reason::Twice), "{row}");
        }
        RowReader::NdJson.read(r#"{"name":null,"姓名":"a"}"#, &mut cells).unwrap();
        assert_eq!(cells.text(Column::Name), "a");
    }

    #[test]
    fn gb18030_is_read_strictly() {
        assert_eq!(Encoding::Gb18030.decode(b"\xd1\xf9").unwrap(), "样");
        assert_eq!(Encoding::Gb18030.decode(b"\xff").unwrap_err(), Reject::of(Reason::Encoding));
        assert_eq!(Encoding::Utf8.decode(b"\xd1\xf9").unwrap_err(), Reject::of(Reason::Encoding));
    }
}
