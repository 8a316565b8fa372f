//! What the demo prints: what to paste into each SDK, who gives which outcome, and how to go on.

use std::{fmt::Write as _, path::Path};

use shiming_core::CannotCheck;
use shiming_server::doors::{aliyun_domain, jdcloud, volcengine_sms};

use super::{
    CALLERS, DemoCaller,
    alipay::{
        APPS, Keys, SERVICE,
        sessions::{AGREEMENT, Prepared, TOKEN},
    },
    portraits::{Portraits, Sent},
};
use crate::{
    cast::{Cast, Person},
    config::values::Offset,
    output::Table,
};

/// What is to be told.
pub(super) struct Scene<'a> {
    pub(super) door: String,
    pub(super) operator: String,
    pub(super) data: &'a Path,
    pub(super) authority: Option<&'a Path>,
    pub(super) cast: &'a Cast,
    pub(super) keys: &'a Keys,
    pub(super) sessions: &'a [Prepared],
    /// None where no face engine is configured.
    pub(super) portraits: Option<&'a Portraits>,
    pub(super) offset: Offset,
}

impl Scene<'_> {
    /// All of it.
    pub(super) fn text(&self) -> String {
        let mut text = format!(
            "shiming is ready at {}, for the SDKs of JD Cloud, Alipay, Alibaba Cloud Domain and Volcengine SMS.\n",
            self.door
        );
        if self.offset != Offset(0) {
            let _ = writeln!(text, "Its clock is moved by {}.", self.offset);
        }
        for vendor in &VENDORS {
            text.push_str(&self.vendor(vendor));
        }
        text.push_str(&self.alipay());
        if let Some(path) = self.authority {
            let _ = write!(
                text,
                "\nThe certificate is signed by {0}. Trust it:\n{1}",
                path.display(),
                indented(&trust(path))
            );
        }
        let _ = write!(text, "\nWho gives which outcome (all made up; also: shiming cast)\n{}", self.cast.text("  "));
        text.push_str(&self.portraits());
        let mut more = Table::plain();
        // As `cargo run` starts it, no shell finds it by its name.
        if let Some(path) = std::env::args().next().filter(|path| path.contains('/')) {
            more.row(["`shiming` lies at", &path]);
        }
        if let Some(link) = self.sessions.iter().find_map(Prepared::desk) {
            more.row(["sit at the desk", &format!("{}{link} (works once)", self.door)]);
            more.row(["decide what waits there", &format!("shiming sessions list --data {}", self.data.display())]);
        }
        more.row(["decide on papers", &format!("shiming cases list --data {}", self.data.display())]);
        more.row(["explain a refused call", &format!("shiming explain --last --data {}", self.data.display())]);
        more.row(["what was decided", &format!("shiming ledger export --data {}", self.data.display())]);
        more.row(["health and metrics", &format!("{0}/readyz  {0}/metrics", self.operator)]);
        more.row(["data lies in", &format!("{}, made anew at each start (--keep keeps it)", self.data.display())]);
        more.row(["stop", "Ctrl-C"]);
        let _ = write!(text, "\n{}", more.text(""));
        text
    }

    /// What to paste into the SDKs of a vendor whose callers have access keys.
    fn vendor(&self, vendor: &Vendor) -> String {
        let mut callers = CALLERS.iter().filter(|caller| caller.door == vendor.door);
        let mut text = String::new();
        let Some(caller) = callers.next() else { return text };
        let (scheme, endpoint) = self.door.split_once("://").unwrap_or(("http", &self.door));
        for (sdk, template) in vendor.sdks {
            let _ = write!(text, "\n{sdk}\n{}", indented(&fill(template, scheme, endpoint, caller)));
        }
        for temporary in callers {
            let _ = write!(
                text,
                "\nA second caller at {}'s door, with temporary credentials: {}\n{}",
                vendor.name,
                vendor.token,
                keys(temporary)
            );
        }
        text
    }

    /// What to paste into Alipay's SDKs, and which sessions are there.
    fn alipay(&self) -> String {
        let [app, certified, legacy] = &APPS;
        let keys = self.keys.folder().display().to_string();
        let scheme = self.door.split_once("://").map_or("http", |(scheme, _)| scheme);
        let mut text = String::new();
        for (sdk, template) in ALIPAY_SDKS {
            let filled = template
                .replace("{app}", app.id)
                .replace("{door}", &self.door)
                .replace("{scheme}", scheme)
                .replace("{at the usual port}", at_usual_port(scheme))
                .replace("{keys}", &keys);
            let _ = write!(text, "\n{sdk}\n{}", indented(&filled));
        }
        let mut more = Table::plain();
        more.row(["service_id", SERVICE]);
        more.row(["AES key", app.aes_key().unwrap_or_default()]);
        more.row(["certificate mode", &format!("{0}, and {1} alone: {keys}/*_cert.pem", app.id, certified.id)]);
        more.row(["sign_type RSA", legacy.id]);
        let _ = write!(text, "\nAlipay's apps: also\n{}", more.text("  "));
        let mut sessions = Table::plain();
        for several in self.sessions.chunk_by(|one, next| one.case == next.case) {
            if let [session, ..] = several
                && let Some((conn_key, _)) = session.jobworth()
            {
                let name = conn_key.strip_prefix(AGREEMENT).unwrap_or(conn_key);
                let name = if several.len() == 1 { name.to_owned() } else { format!("{name} to -{}", several.len()) };
                sessions.row([&name, session.answer]);
            }
        }
        let _ = write!(
            text,
            "\nSessions at the desk, for jobworth queries (exact, 04): conn_key {AGREEMENT}X and once_token {TOKEN}X\n{}",
            sessions.text("  ")
        );
        text
    }

    /// Which pictures there are to be sent, and how.
    fn portraits(&self) -> String {
        let Some(portraits) = self.portraits else {
            return "\nPortraits: nobody has one, and none is compared. SHIMING_FACE_MODELS=DIR, the folder of the networks, changes both.\n"
                .to_owned();
        };
        let mut text = "\nPortraits, drawn by this program and nobody's: imgBase64 with checkType 3, FACIAL_PICTURE_FRONT with FACE_API\n".to_owned();
        let mut table = Table::plain();
        for Sent { case, file, verdict } in &portraits.people {
            if let Some(person) = self.cast.person(case) {
                table.row([&person.name, &person.id_number, &file.display().to_string(), *verdict]);
            }
        }
        for Sent { file, verdict, .. } in &portraits.unusable {
            table.row(["for either", "", &file.display().to_string(), verdict]);
        }
        table.row(["everybody else", "", "", CannotCheck::NoPortraitOnRecord.word()]);
        text.push_str(&table.text("  "));
        let first = portraits.people.iter().find_map(|sent| Some((self.cast.person(sent.case)?, sent.file.display())));
        match first {
            None => text.push_str("  This engine can make nothing of them.\n"),
            Some((Person { name, id_number, .. }, file)) => {
                let data = self.data.display();
                let mut more = Table::plain();
                more.row([
                    "in an SDK",
                    &format!("checkType 3, name {name}, idCard {id_number}, imgBase64 of: base64 -w0 {file}"),
                ]);
                more.row([
                    "at a terminal",
                    &format!("shiming check --name {name} --id {id_number} --portrait {file} --data {data}"),
                ]);
                text.push_str(&more.text("  "));
            }
        }
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

/// How the demo is started at the port that a scheme has by itself.
fn at_usual_port(scheme: &str) -> &'static str {
    if scheme == "https" { "shiming demo --tls --listen 127.0.0.1:443" } else { "shiming demo --listen 127.0.0.1:80" }
}

fn fill(template: &str, scheme: &str, endpoint: &str, caller: &DemoCaller) -> String {
    template
        .replace("{ak}", caller.access_key)
        .replace("{sk}", caller.secret_key)
        .replace("{scheme}", scheme)
        .replace("{SCHEME}", &scheme.to_uppercase())
        .replace("{endpoint}", endpoint)
}

/// How the SDKs above come to trust an authority. Python's do not agree on a variable, and Java reads nothing out of a
/// store whose password it is not told.
fn trust(path: &Path) -> String {
    let path = path.display();
    format!(
        "Go      SSL_CERT_FILE={path}\n\
         Python  SSL_CERT_FILE={path} REQUESTS_CA_BUNDLE={path}\n\
         Node    NODE_EXTRA_CA_CERTS={path}\n\
         Java    keytool -importcert -noprompt -alias shiming -file {path} -keystore demo.p12 -storepass changeit\n\
         \u{20}       java -Djavax.net.ssl.trustStore=demo.p12 -Djavax.net.ssl.trustStorePassword=changeit ...\n"
    )
}

/// A vendor whose callers have access keys.
struct Vendor {
    door: &'static str,
    name: &'static str,
    /// Where the token of temporary credentials goes.
    token: &'static str,
    /// Each SDK, where it is from, and what to paste. Names in braces are filled in.
    sdks: &'static [(&'static str, &'static str)],
}

const VENDORS: [Vendor; 3] = [
    Vendor {
        door: jdcloud::NAME,
        name: "JD Cloud",
        token: "send the token as x-jdcloud-security-token",
        sdks: &[
            ("JD Cloud, Go      go get github.com/jdcloud-api/jdcloud-sdk-go", include_str!("paste/go.txt")),
            ("JD Cloud, Python  pip install jdcloud_sdk", include_str!("paste/python.txt")),
            ("JD Cloud, Node    npm install jdcloud-sdk-js", include_str!("paste/node.txt")),
            ("JD Cloud, Java    com.jdcloud.sdk: core and cloudauth", include_str!("paste/java.txt")),
        ],
    },
    Vendor {
        door: aliyun_domain::NAME,
        name: "Alibaba Cloud",
        token: "give the SDK the token with the keys",
        sdks: &[
            (
                "Alibaba Cloud Domain, Java    com.aliyun: aliyun-java-sdk-core and aliyun-java-sdk-domain",
                include_str!("paste/aliyun-java.txt"),
            ),
            (
                "Alibaba Cloud Domain, Python  pip install alibabacloud_domain20160511",
                include_str!("paste/aliyun-python.txt"),
            ),
            ("Alibaba Cloud Domain, Node    npm install @alicloud/pop-core", include_str!("paste/aliyun-node.txt")),
            (
                "Alibaba Cloud Domain, Go      go get github.com/aliyun/alibaba-cloud-sdk-go",
                include_str!("paste/aliyun-go.txt"),
            ),
        ],
    },
    Vendor {
        door: volcengine_sms::NAME,
        name: "Volcengine",
        token: "give the SDK the token with the keys",
        sdks: &[
            ("Volcengine SMS, Python  pip install volcengine", include_str!("paste/volcengine-python.txt")),
            ("Volcengine SMS, Node    npm install @volcengine/openapi", include_str!("paste/volcengine-node.txt")),
            (
                "Volcengine SMS, Go      go get github.com/volcengine/volc-sdk-golang",
                include_str!("paste/volcengine-go.txt"),
            ),
        ],
    },
];

/// Alipay's SDKs.
const ALIPAY_SDKS: [(&str, &str); 4] = [
    ("Alipay gateway, Java           com.alipay.sdk: alipay-sdk-java", include_str!("paste/alipay-java.txt")),
    ("Alipay gateway, Python         pip install alipay-sdk-python", include_str!("paste/alipay-python.txt")),
    ("Alipay gateway and v3, Node    npm install alipay-sdk", include_str!("paste/alipay-node.txt")),
    ("Alipay v3, Java                com.alipay.sdk: alipay-sdk-java-v3", include_str!("paste/alipay-java-v3.txt")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_java_and_python_want_for_an_authority_is_all_told() {
        let told = trust(Path::new("ca.pem"));
        assert!(told.contains("-file ca.pem -keystore demo.p12 -storepass changeit\n"), "{told}");
        assert!(
            told.contains("-Djavax.net.ssl.trustStore=demo.p12 -Djavax.net.ssl.trustStorePassword=changeit "),
            "{told}"
        );
        assert!(told.contains("Python  SSL_CERT_FILE=ca.pem REQUESTS_CA_BUNDLE=ca.pem\n"), "{told}");
    }

    #[test]
    fn an_sdk_that_knows_the_usual_ports_alone_is_led_to_the_one_of_its_scheme() {
        assert_eq!(at_usual_port("http"), "shiming demo --listen 127.0.0.1:80");
        assert_eq!(at_usual_port("https"), "shiming demo --tls --listen 127.0.0.1:443");
        assert!(ALIPAY_SDKS.iter().any(|(_, template)| template.contains("{at the usual port}")));
    }
}
