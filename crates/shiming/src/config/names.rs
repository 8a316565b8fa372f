//! `[names]`: how names are read, beyond what everybody knows.

use std::{fs, path::PathBuf};

use shiming_identity::PrivateUseTable;

use crate::trouble::Trouble;

section!("names", "How names are read.", Names {
    /// A table of what private-use characters in names mean, a line `pua,unicode` each, in hexadecimal. Without a meaning a name is "cannot check", never a mismatch; the 80 that the common fonts share need no line.
    private_use: Option<PathBuf> = None,
});

impl Names {
    /// The table; an empty one where none is named.
    pub(crate) fn table(&self) -> Result<PrivateUseTable, Trouble> {
        let Some(path) = &self.private_use else { return Ok(PrivateUseTable::default()) };
        let text = fs::read_to_string(path).map_err(|error| Trouble::unreadable(path, error))?;
        PrivateUseTable::from_csv(&text).map_err(|error| {
            Trouble::usage(format!("[names] private_use: {} is no such table", path.display())).because(error)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_and_its_wrong_line_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("names.csv");
        let names = Names { private_use: Some(file.clone()) };
        assert!(names.table().unwrap_err().to_string().contains("cannot be read"));
        fs::write(&file, "pua,unicode\nE001,9F98\n").unwrap();
        assert_eq!(names.table().unwrap().len(), 1);
        fs::write(&file, "pua,unicode\nE001,0041\n").unwrap();
        let trouble = names.table().unwrap_err().to_string();
        assert!(trouble.contains("line 2: the meaning is not a Han character"), "{trouble}");
        assert!(Names::default().table().unwrap().is_empty());
    }
}
