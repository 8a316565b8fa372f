//! What the demo prints: what to paste into each SDK, who gives which outcome, and how to go on.

use std::{fmt::Write as _, path::Path};

use super::{CALLERS, DemoCaller};
use crate::{cast::Cast, config::values::Offset, output::Table};

/// What is to be told.
pub(super) struct Scene<'a> {
    pub(super) door: String,
    pub(super) operator: String,
    pub(super) data: &'a Path,
    pub(super) authority: Option<&'a Path>,
    pub(super) cast: &'a Cast,
    pub(super) offset: Offset,
}

impl Scene<'_> {
    /// All of it.
    pub(super) fn text(&self) -> String {
        let [caller, temporary] = &CALLERS;
        let mut text = format!("shiming is ready. JD Cloud's door: {}\n", self.door);
        if self.offset != Offset(0) {
            let _ = writeln!(text, "Its clock is moved by {}.", self.offset);
        }
        let (scheme, endpoint) = self.door.split_once("://").unwrap_or(("http", &self.door));
        let filled = |template: &str| fill(template, scheme, endpoint, caller);
        for (sdk, template) in SDKS {
            let _ = write!(text, "\n{sdk}\n{}", indented(&filled(template)));
        }
        if let Some(path) = self.authority {
            let _ = write!(
                text,
                "\nThe certificate is signed by {0}. Trust it:\n{1}",
                path.display(),
                indented(&trust(path))
            );
        }
        let _ = write!(
            text,
            "\nA second caller, with temporary credentials: send the token as x-jdcloud-security-token\n{}",
            keys(temporary)
        );
        let _ = write!(text, "\nWho gives which outcome (all made up; also: shiming cast)\n{}", self.cast.text("  "));
        let mut more = Table::plain();
        more.row(["explain a refused call", &format!("shiming explain --last --data {}", self.data.display())]);
        more.row(["what was decided", &format!("shiming ledger export --data {}", self.data.display())]);
        more.row(["health and metrics", &format!("{0}/readyz  {0}/metrics", self.operator)]);
        more.row(["data lies in", &format!("{}, made anew at each start (--keep keeps it)", self.data.display())]);
        more.row(["stop", "Ctrl-C"]);
        let _ = write!(text, "\n{}", more.text(""));
        text
    }
}

fn keys(caller: &DemoCaller) -> String {
    let mut table = Table::plain();
    table.row(["access key", caller.access_key]);
    table.row(["secret key", caller.secret_key]);
    if let Some(token) = caller.security_token {
        table.row(["security token", token]);
    }
    table.text("  ")
}

fn indented(text: &str) -> String {
    text.lines().flat_map(|line| ["  ", line, "\n"]).collect()
}

fn fill(template: &str, scheme: &str, endpoint: &str, caller: &DemoCaller) -> String {
    template
        .replace("{ak}", caller.access_key)
        .replace("{sk}", caller.secret_key)
        .replace("{scheme}", scheme)
        .replace("{SCHEME}", &scheme.to_uppercase())
        .replace("{endpoint}", endpoint)
}

fn trust(path: &Path) -> String {
    let path = path.display();
    format!(
        "Go      SSL_CERT_FILE={path}\n\
         Python  REQUESTS_CA_BUNDLE={path}\n\
         Node    NODE_EXTRA_CA_CERTS={path}\n\
         Java    keytool -importcert -noprompt -alias shiming -file {path} -keystore demo.jks -storepass changeit\n\
         \u{20}       java -Djavax.net.ssl.trustStore=demo.jks ...\n"
    )
}

/// Each SDK, where it is from, and what to paste. Names in braces are filled in.
const SDKS: [(&str, &str); 4] = [
    ("Go      go get github.com/jdcloud-api/jdcloud-sdk-go", include_str!("paste/go.txt")),
    ("Python  pip install jdcloud_sdk", include_str!("paste/python.txt")),
    ("Node    npm install jdcloud-sdk-js", include_str!("paste/node.txt")),
    ("Java    com.jdcloud.sdk: core and cloudauth", include_str!("paste/java.txt")),
];
