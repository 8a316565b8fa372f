//! `[master_key]`: where the key comes from that wraps all others.

use std::path::PathBuf;

section!("master_key", "The key that wraps all others. SHIMING_MASTER_KEY in the environment, a name and 64 hexadecimal digits, comes before both.", MasterKey {
    /// A file with the key, mode 0600; made on first start where it is absent. Unset: `master.key` in the data directory.
    file: Option<PathBuf> = None,
    /// A command that prints the key, run by the shell at start; comes before the file.
    command: Option<String> = None,
});
