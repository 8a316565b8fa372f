//! What keeps people's values out of logs: `Debug` that says only the type's name.

/// Implements `Debug` as `Name(…)`.
macro_rules! hide {
    ($($name:ident),+ $(,)?) => {$(
        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )+};
}

/// A fixed run of ASCII characters as `&str`. Only the parsers fill such arrays, and only with ASCII.
pub(crate) fn text(ascii: &[u8]) -> &str {
    std::str::from_utf8(ascii).unwrap_or_default()
}

pub(crate) use hide;
