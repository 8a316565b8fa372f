//! Master keys: they wrap every key and every caller's secret in the store, and are kept outside it.
//!
//! The text form is a line a key, its name and 32 bytes in hexadecimal or base64; `#` begins a comment:
//!
//! ```text
//! # the first key wraps; those after it only unwrap
//! 2026-b  q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=
//! 2026-a  000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
//! ```
//!
//! To rotate: put a new key on the first line, let [`Store::rewrap`](crate::Store::rewrap) run, take the old line out.

use std::{
    fmt, fs,
    io::{self, Read, Write},
    path::Path,
    sync::Arc,
};

use base64::{Engine, alphabet, engine};
use zeroize::Zeroizing;

use crate::{
    KeyError, Random, StoreError,
    seal::{Secret, Unsealed, hex, unhex},
};

/// A ring of master keys: one that wraps, and others that still unwrap.
#[derive(Clone)]
pub struct MasterKeys {
    /// Never empty; the first is the current one.
    keys: Arc<[(String, Secret)]>,
}

/// Says the names and never a key.
impl fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MasterKeys").field(&self.names().collect::<Vec<_>>()).finish()
    }
}

/// A key file is a few lines; what is longer is another file, named by mistake.
const MAX_FILE: u64 = 64 * 1024;

impl MasterKeys {
    /// Reads a key file. Refuses one that others than its owner may read or write.
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        let trouble = |source| KeyError::File { what: "read", path: path.to_owned(), source };
        let file = fs::File::open(path).map_err(trouble)?;
        // Asked of the open file, so that it is the file that is read.
        refuse_exposed(path, &file.metadata().map_err(trouble)?)?;
        let mut text = Zeroizing::new(String::new());
        file.take(MAX_FILE).read_to_string(&mut text).map_err(trouble)?;
        Self::from_text(&text)
    }

    /// Reads the text form, from the environment or a command's output.
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        let mut keys: Vec<(String, Secret)> = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let bad = |what| KeyError::BadLine { line: at + 1, what };
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let (name, value) = line.split_once(char::is_whitespace).ok_or(bad("expected a name and a key"))?;
            if !is_name(name) {
                return Err(bad("a key's name is 1 to 32 letters, digits, `-`, `_` or `.`"));
            }
            if keys.iter().any(|(other, _)| other == name) {
                return Err(bad("this name stands on an earlier line too"));
            }
            let key = decode(value.trim()).ok_or(bad("a key is 32 bytes in hexadecimal or base64"))?;
            keys.push((name.to_owned(), key));
        }
        if keys.is_empty() { Err(KeyError::Empty) } else { Ok(Self { keys: keys.into() }) }
    }

    /// A ring of one new key, named after part of its own hash.
    pub fn generate(random: &dyn Random) -> Result<Self, StoreError> {
        let key = Secret::generate(random)?;
        let name = hex(&key.derive(&[b"key name"]).expose()[..4]);
        Ok(Self { keys: [(format!("k-{name}"), key)].into() })
    }

    /// This ring with a new current key before the others: the first step of a rotation.
    pub fn with_new(&self, random: &dyn Random) -> Result<Self, StoreError> {
        let new = Self::generate(random)?;
        Ok(Self { keys: new.keys.iter().chain(self.keys.iter()).cloned().collect() })
    }

    /// Writes the text form to a new file that only its owner may read. Fails where there is a file with anything in it: an
    /// empty one was left by somebody who was killed right here. Of two at once the second waits for the first, and fails.
    pub fn write_new(&self, path: &Path) -> Result<(), KeyError> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let write = || {
            let mut file = options.open(path)?;
            file.lock()?;
            if file.metadata()?.len() > 0 {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            let written = file.write_all(self.expose().as_bytes()).and_then(|()| file.sync_all());
            written.inspect_err(|_| drop(file.set_len(0)))
        };
        write().map_err(|source| KeyError::File { what: "write", path: path.to_owned(), source })
    }

    /// The text form: the keys themselves.
    pub fn expose(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(self.keys.len() * 128));
        for (name, key) in &*self.keys {
            let key = Zeroizing::new(hex(key.expose()));
            text.extend([name.as_str(), " ", key.as_str(), "\n"]);
        }
        text
    }

    /// The names, the current one first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|(name, _)| name.as_str())
    }

    /// Wraps under the current key; gives its name too.
    pub(crate) fn wrap(
        &self,
        place: &[&str],
        plain: &[u8],
        random: &dyn Random,
    ) -> Result<(&str, Vec<u8>), StoreError> {
        let (name, key) = self.keys.first().ok_or(KeyError::Empty)?;
        Ok((name, key.seal(place, plain, random)?))
    }

    /// Unwraps under the key of that name; `None` for data that was changed.
    pub(crate) fn unwrap(
        &self,
        name: &str,
        place: &[&str],
        sealed: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, KeyError> {
        let (_, key) =
            self.keys.iter().find(|(own, _)| own == name).ok_or_else(|| KeyError::Unknown(name.to_owned()))?;
        match key.open(place, sealed) {
            Ok(plain) => Ok(Some(plain)),
            Err(Unsealed::Changed) => Ok(None),
            Err(Unsealed::OtherKey) => Err(KeyError::Wrong(name.to_owned())),
        }
    }
}

#[cfg(unix)]
fn refuse_exposed(path: &Path, metadata: &fs::Metadata) -> Result<(), KeyError> {
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o7777;
    let for_others = mode & 0o077;
    if for_others == 0 { Ok(()) } else { Err(KeyError::Exposed { path: path.to_owned(), mode }) }
}

#[cfg(not(unix))]
fn refuse_exposed(_: &Path, _: &fs::Metadata) -> Result<(), KeyError> {
    Ok(())
}

fn is_name(name: &str) -> bool {
    (1..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

/// 64 hexadecimal digits, or base64 of 32 bytes with or without padding. The two cannot be mistaken: 64 characters of
/// base64 are 48 bytes.
fn decode(value: &str) -> Option<Secret> {
    const BASE64: engine::GeneralPurpose = engine::GeneralPurpose::new(
        &alphabet::STANDARD,
        engine::GeneralPurposeConfig::new().with_decode_padding_mode(engine::DecodePaddingMode::Indifferent),
    );
    if value.len() != 2 * Secret::LEN {
        return Secret::of_slice(&Zeroizing::new(BASE64.decode(value).ok()?));
    }
    unhex(value).map(|key| Secret::new(*key))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::contract::counting_random;

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const BASE64: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    #[test]
    fn hexadecimal_and_base64_are_the_same_key() {
        let text = format!("# a comment\n\n a {HEX}\nb\t{BASE64} # so is this\nc {}\n", BASE64.trim_end_matches('='));
        let keys = MasterKeys::from_text(&text).unwrap();
        assert_eq!(keys.names().collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(*keys.expose(), format!("a {HEX}\nb {HEX}\nc {HEX}\n"));
    }

    #[test]
    fn a_bad_line_is_named_by_number_and_not_shown() {
        for (text, line) in [
            (format!("a {HEX}\na {HEX}\n"), 2),
            ("secretsecret".to_owned(), 1),
            (format!("\n\na {}", &HEX[1..]), 3),
            (format!("a/b {HEX}"), 1),
            (format!("a {}g", &HEX[1..]), 1),
        ] {
            let error = MasterKeys::from_text(&text).unwrap_err();
            assert!(matches!(error, KeyError::BadLine { line: found, .. } if found == line), "{error}");
            assert!(!format!("{error} {error:?}").contains("secret"));
        }
        assert!(matches!(MasterKeys::from_text("# nothing\n"), Err(KeyError::Empty)));
    }

    #[test]
    fn a_ring_prints_names_only() {
        let keys = MasterKeys::from_text(&format!("mine {HEX}")).unwrap();
        assert_eq!(format!("{keys:?}"), r#"MasterKeys(["mine"])"#);
    }

    #[test]
    fn a_new_key_goes_before_the_old_ones() {
        let random = counting_random(7);
        let old = MasterKeys::generate(&*random).unwrap();
        let both = old.with_new(&*random).unwrap();
        assert_eq!(both.names().count(), 2);
        assert_eq!(both.names().last(), old.names().next());
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("master.key");
        let keys = MasterKeys::generate(&*counting_random(1)).unwrap();
        keys.write_new(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(*MasterKeys::from_file(&path).unwrap().expose(), *keys.expose());
        assert!(keys.write_new(&path).is_err(), "a key file is never overwritten");
        fs::write(&path, "").unwrap();
        keys.write_new(&path).unwrap();
        assert_eq!(*MasterKeys::from_file(&path).unwrap().expose(), *keys.expose());
        for mode in [0o640, 0o604, 0o660, 0o610] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = MasterKeys::from_file(&path).unwrap_err();
            assert!(matches!(error, KeyError::Exposed { mode: found, .. } if found == mode), "{error}");
        }
    }

    #[test]
    fn of_many_that_make_the_key_file_at_once_one_does() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("master.key");
        fs::write(&path, "").unwrap();
        let made: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (1..=8)
                .map(|seed| {
                    let path = &path;
                    scope.spawn(move || {
                        let keys = MasterKeys::generate(&*counting_random(seed)).unwrap();
                        keys.write_new(path).ok().map(|()| keys)
                    })
                })
                .collect();
            threads.into_iter().filter_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(made.len(), 1);
        assert_eq!(*made[0].expose(), fs::read_to_string(&path).unwrap());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,80}(\n\\PC{0,80}){0,3}") {
            let _ = MasterKeys::from_text(&text);
        }
    }
}
