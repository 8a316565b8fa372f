//! How a section is declared: a key, what it means, its default and its bounds stand together, and the rest follows from it.

use crate::trouble::Trouble;

/// A section as the whole configuration sees it.
pub(crate) trait Section {
    /// Its name in the file.
    fn name(&self) -> &'static str;

    /// One sentence about it.
    fn about(&self) -> &'static str;

    /// Its keys, in the order that they are declared.
    fn keys(&self) -> Vec<Key>;

    /// Sets a key from text; `None` when there is no such key.
    fn set(&mut self, key: &str, text: &str) -> Option<Result<(), String>>;

    /// Refuses a value that lies beyond its key's bounds.
    fn check(&self) -> Result<(), Trouble>;
}

/// A key of a section.
#[derive(Debug)]
pub(crate) struct Key {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it means.
    pub(crate) about: &'static str,
    /// Between which values it has to lie; `None` when that is all the same.
    pub(crate) bounds: Option<String>,
    /// Its present value as TOML; `None` when it is not set.
    pub(crate) value: Option<String>,
}

/// Declares a section.
macro_rules! section {
    ($name:literal, $about:literal, $type:ident { $($(#[doc = $doc:literal])+ $key:ident: $value:ty = $default:expr $(=> $bounds:expr)?,)+ }) => {
        #[doc = $about]
        #[derive(Clone, Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub(crate) struct $type {
            $($(#[doc = $doc])+ #[serde(deserialize_with = "crate::config::values::from_toml")] pub(crate) $key: $value,)+
        }

        impl Default for $type {
            fn default() -> Self {
                Self { $($key: $default,)+ }
            }
        }

        impl crate::config::Section for $type {
            fn name(&self) -> &'static str {
                $name
            }

            fn about(&self) -> &'static str {
                $about
            }

            fn keys(&self) -> Vec<crate::config::Key> {
                vec![$(crate::config::Key {
                    name: stringify!($key),
                    about: concat!($($doc),+).trim_ascii(),
                    bounds: <[String]>::first(&[$(crate::config::values::Bounds::<$value>::to_string(&$bounds))?]).cloned(),
                    value: crate::config::values::Value::toml(&self.$key),
                },)+]
            }

            fn set(&mut self, key: &str, text: &str) -> Option<Result<(), String>> {
                match key {
                    $(stringify!($key) => Some(crate::config::values::from_text(text).map(|value| self.$key = value)),)+
                    _ => None,
                }
            }

            fn check(&self) -> Result<(), crate::trouble::Trouble> {
                $($($bounds.admit(&self.$key).map_err(|why| {
                    crate::trouble::Trouble::usage(format!("[{}] {} {why}", $name, stringify!($key)))
                })?;)?)+
                Ok(())
            }
        }
    };
}
