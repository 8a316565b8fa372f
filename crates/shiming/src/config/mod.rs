//! Configuration: one file per section, every value with a safe default.
//!
//! A value comes from, in this order: a flag, the environment (`SHIMING_<SECTION>_<KEY>`), the TOML file, the default. The
//! sections are declared with `section!`, which is the one place that a key, its default, its variable and its
//! description are written.

#[macro_use]
mod section;
mod alipay;
mod aliyun;
mod clock;
mod desk;
mod face;
mod jd;
mod limits;
mod log;
mod master_key;
mod names;
mod policy;
mod rehearsal;
mod review;
mod server;
mod store;
mod tls;
pub(crate) mod values;
mod volcengine;
mod webhook;

use std::{
    ffi::OsString,
    fmt::Write as _,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use self::{
    alipay::Alipay, aliyun::Aliyun, desk::Desk, jd::Jd, limits::Limits, master_key::MasterKey, names::Names,
    policy::Policy, rehearsal::Rehearsal, review::Review, server::Server, store::Store, tls::Tls,
    volcengine::Volcengine, webhook::Webhook,
};
pub(crate) use self::{
    clock::Clock,
    face::Face,
    log::{Format, Level, Log},
    section::{Key, Section},
};
use crate::trouble::Trouble;

/// Every setting of the program.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    pub(crate) server: Server,
    pub(crate) tls: Tls,
    pub(crate) store: Store,
    pub(crate) master_key: MasterKey,
    pub(crate) clock: Clock,
    pub(crate) log: Log,
    pub(crate) limits: Limits,
    pub(crate) policy: Policy,
    pub(crate) rehearsal: Rehearsal,
    pub(crate) names: Names,
    pub(crate) jd: Jd,
    pub(crate) alipay: Alipay,
    pub(crate) aliyun: Aliyun,
    pub(crate) volcengine: Volcengine,
    pub(crate) desk: Desk,
    pub(crate) face: Face,
    pub(crate) review: Review,
    pub(crate) webhook: Webhook,
}

/// Every section, in the order in which they are shown; the pattern names them all, so that none is forgotten.
macro_rules! sections {
    ($config:expr) => {{
        let Config {
            server,
            tls,
            store,
            master_key,
            clock,
            log,
            limits,
            policy,
            rehearsal,
            names,
            jd,
            alipay,
            aliyun,
            volcengine,
            desk,
            face,
            review,
            webhook,
        } = $config;
        [
            server, tls, store, master_key, clock, log, limits, policy, rehearsal, names, jd, alipay, aliyun,
            volcengine, desk, face, review, webhook,
        ]
    }};
}

/// The file that is read when none is named and it is there.
const USUAL_FILE: &str = "shiming.toml";
/// What every variable begins with.
const PREFIX: &str = "SHIMING_";
/// What variables begin with that only tests read.
const TESTS: &str = "SHIMING_TEST_";
/// Variables that are read elsewhere: the configuration file's path, the key itself, and where tests find the face
/// models and the photos.
const OTHER_VARIABLES: &[&str] =
    &["SHIMING_CONFIG", "SHIMING_MASTER_KEY", "SHIMING_MODELS", "SHIMING_FACES", "SHIMING_ONNXRUNTIME"];

impl Config {
    /// The configuration of a command: the file (named, or the usual one where it is there), then the environment.
    pub(crate) fn load(file: Option<&Path>) -> Result<Self, Trouble> {
        let mut config = match file {
            Some(file) => Self::read(file)?,
            None if Path::new(USUAL_FILE).is_file() => Self::read(Path::new(USUAL_FILE))?,
            None => Self::default(),
        };
        config.take_environment(std::env::vars_os())?;
        Ok(config)
    }

    /// The environment alone, over the defaults.
    pub(crate) fn from_environment() -> Result<Self, Trouble> {
        let mut config = Self::default();
        config.take_environment(std::env::vars_os())?;
        Ok(config)
    }

    /// Refuses settings that no server starts with. Before a store is made or opened for them.
    pub(crate) fn check(&self) -> Result<(), Trouble> {
        self.sections().into_iter().try_for_each(Section::check)?;
        self.limits.agree()?;
        self.policy.for_core()?;
        self.names.table()?;
        self.jd.for_door(1)?;
        self.alipay.for_gateway(1)?;
        self.aliyun.for_door(1, "http")?;
        self.desk.base()?;
        self.face.settings()?;
        self.review.for_prechecks()?;
        Ok(())
    }

    /// Reads a file.
    pub(crate) fn read(file: &Path) -> Result<Self, Trouble> {
        let text = std::fs::read_to_string(file).map_err(|error| Trouble::unreadable(file, error))?;
        Self::parse(&text).map_err(|(line, message)| {
            Trouble::usage(format!("{}:{line}: {message}", file.display()))
                .advice("`shiming serve --print-config` lists every key with its default")
        })
    }

    /// Parses TOML text; an error is a line number and a message. The message of the parser would quote the line, and a
    /// line may hold somebody's number.
    fn parse(text: &str) -> Result<Self, (usize, String)> {
        toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let line = 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
            (line, error.message().lines().collect::<Vec<_>>().join(" "))
        })
    }

    /// Takes values from variables.
    fn take_environment(&mut self, variables: impl Iterator<Item = (OsString, OsString)>) -> Result<(), Trouble> {
        for (name, value) in variables {
            let Some(rest) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else { continue };
            let name = name.to_string_lossy();
            let value = value.into_string().map_err(|_| Trouble::usage(format!("{name} is not UTF-8")))?;
            self.set_by_variable(rest, &value).map_err(|message| Trouble::usage(format!("{name}: {message}")))?;
        }
        Ok(())
    }

    /// Sets what `rest` (the variable's name without the prefix) means; a name that means nothing is left alone.
    fn set_by_variable(&mut self, rest: &str, value: &str) -> Result<(), String> {
        for section in self.sections_mut() {
            let of_section =
                rest.strip_prefix(&section.name().to_ascii_uppercase()).and_then(|key| key.strip_prefix('_'));
            if let Some(key) = of_section
                && let Some(set) = section.set(&key.to_ascii_lowercase(), value)
            {
                return set;
            }
        }
        Ok(())
    }

    /// Variables that look like ours and mean nothing: misspelt, most likely.
    pub(crate) fn unknown_variables() -> Vec<String> {
        let known = Self::default();
        std::env::vars_os()
            .filter_map(|(name, _)| name.into_string().ok())
            .filter(|name| name.starts_with(PREFIX) && !name.starts_with(TESTS))
            .filter(|name| !OTHER_VARIABLES.contains(&name.as_str()))
            .filter(|name| !known.variables().any(|variable| variable == *name))
            .collect()
    }

    /// The name of every variable.
    fn variables(&self) -> impl Iterator<Item = String> {
        self.sections().into_iter().flat_map(|section| {
            section
                .keys()
                .into_iter()
                .map(|key| format!("{PREFIX}{}_{}", section.name().to_ascii_uppercase(), key.name.to_ascii_uppercase()))
        })
    }

    /// The whole of it as a TOML file, described. No secret is among the values.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for section in self.sections() {
            let _ = write!(text, "\n# {}\n[{}]\n", section.about(), section.name());
            for Key { name, about, bounds, value } in section.keys() {
                let bounds = bounds.map(|bounds| format!(" Must be {bounds}.")).unwrap_or_default();
                let _ = match value {
                    Some(value) => writeln!(text, "# {about}{bounds}\n{name} = {value}"),
                    None => writeln!(text, "# {about}{bounds}\n# {name} ="),
                };
            }
        }
        text.trim_start().to_owned()
    }

    /// The data directory.
    pub(crate) fn data(&self) -> &Path {
        &self.store.data
    }

    /// The same with another data directory, if one is given.
    pub(crate) fn with_data(mut self, data: Option<&PathBuf>) -> Self {
        if let Some(data) = data {
            self.store.data.clone_from(data);
        }
        self
    }

    fn sections(&self) -> [&dyn Section; 18] {
        sections!(self)
    }

    fn sections_mut(&mut self) -> [&mut dyn Section; 18] {
        sections!(self)
    }
}

#[cfg(test)]
mod tests;
