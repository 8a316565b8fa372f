//! `[store]`: where data lies.

use std::path::PathBuf;

section!(
    "store",
    "Where data lies.",
    Store {
        /// The data directory: databases, the operator's token, the master key unless it is elsewhere.
        data: PathBuf = PathBuf::from("shiming-data"),
    }
);
