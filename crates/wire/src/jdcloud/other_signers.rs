//! What JD Cloud's other official signers put on the wire, beside the four SDKs whose requests are recorded: each canonical request
//! is written out by hand from the signer's source, and must verify. Docs: JD Cloud specification, sections 1.2 to 1.6.
//!
//! Seen: PHP's and .NET's SDK, the signers for Node, Rust, C++, PHP and .NET, and the Python SDK 1.6.50 and 1.6.90, driven against
//! the program. The others are read from their source.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::canonical::{sha256_hex, text};
use super::samples::{ACCESS_KEY, BODY, SECRET};
use super::sign::{Generation, SERVICE, Scope, SigningKey, string_to_sign};
use super::{No, ReplayKey, Unverified};
use crate::request::Request;
use crate::secret::Secret;

const DATE: &str = "20261121T201715Z";
const GUID: &str = "b4e8a4c2-9142-4f9c-968f-179ccec7e9e4";
const HASH_OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const HASH_OF_BODY: &str = "ad71d3d2b3d654635940f3d3b54f5b82a3e0557df72f4cc3398fe2764eb221f9";
const TOKEN: &str = "FAKE-STS-TOKEN-0123456789abcdef";

/// A request and what its client hashed, line by line; `$body` stands for the hash of the body.
struct Signer {
    name: &'static str,
    generation: Generation,
    target: &'static str,
    body: &'static str,
    headers: &'static [(&'static str, &'static str)],
    canonical: &'static [&'static str],
}

const SIGNERS: &[Signer] = &[
    // The algorithm is signed, the content type is not; a nonce that is no UUID.
    Signer {
        name: "PHP SDK",
        generation: Generation::Two,
        target: "/v1/company:info",
        body: BODY,
        headers: &[
            ("Host", "127.0.0.1:18443"),
            ("Content-Type", "application/json"),
            ("x-jdcloud-algorithm", "JDCLOUD2-HMAC-SHA256"),
            ("x-jdcloud-date", DATE),
            ("x-jdcloud-nonce", "php6b087f977437c7.07899007"),
        ],
        canonical: &[
            "POST",
            "/v1/company%3Ainfo",
            "",
            "host:127.0.0.1:18443",
            "x-jdcloud-algorithm:JDCLOUD2-HMAC-SHA256",
            "x-jdcloud-date:20261121T201715Z",
            "x-jdcloud-nonce:php6b087f977437c7.07899007",
            "",
            "host;x-jdcloud-algorithm;x-jdcloud-date;x-jdcloud-nonce",
            "$body",
        ],
    },
    // Neither host nor content type; the token as it is.
    Signer {
        name: "PHP SDK with the signature jdv3",
        generation: Generation::Three,
        target: "/v1/company:info",
        body: BODY,
        headers: &[
            ("Host", "127.0.0.1:18443"),
            ("Content-Type", "application/json"),
            ("x-jdcloud-algorithm", "JDCLOUD3-HMAC-SHA256"),
            ("x-jdcloud-date", DATE),
            ("x-jdcloud-nonce", "php692046dbe1d2f9.12345678"),
            ("x-jdcloud-security-token", TOKEN),
        ],
        canonical: &[
            "POST",
            "/v1/company%3Ainfo",
            "",
            "x-jdcloud-algorithm:JDCLOUD3-HMAC-SHA256",
            "x-jdcloud-date:20261121T201715Z",
            "x-jdcloud-nonce:php692046dbe1d2f9.12345678",
            "x-jdcloud-security-token:FAKE-STS-TOKEN-0123456789abcdef",
            "",
            "x-jdcloud-algorithm;x-jdcloud-date;x-jdcloud-nonce;x-jdcloud-security-token",
            "$body",
        ],
    },
    Signer {
        name: "PHP signer, and Node's and .NET's of the third generation but for the words",
        generation: Generation::Two,
        target: "/v1/personal",
        body: BODY,
        headers: &[
            ("host", "127.0.0.1:18443"),
            ("content-type", "application/json"),
            ("x-jdcloud-date", DATE),
            ("x-jdcloud-nonce", GUID),
        ],
        canonical: &[
            "POST",
            "/v1/personal",
            "",
            "x-jdcloud-date:20261121T201715Z",
            "x-jdcloud-nonce:b4e8a4c2-9142-4f9c-968f-179ccec7e9e4",
            "",
            "x-jdcloud-date;x-jdcloud-nonce",
            "$body",
        ],
    },
    // A header whose name and value are the algorithm, unsigned, and so is the hash of the body.
    Signer {
        name: "Python SDK before its third generation",
        generation: Generation::Two,
        target: "/v1/detail:mobile3",
        body: BODY,
        headers: &[
            ("Host", "shiming.example:443"),
            ("Accept", "*/*"),
            ("Content-Type", "application/json"),
            ("x-jdcloud-date", DATE),
            ("x-jdcloud-nonce", GUID),
            ("x-jdcloud-content-sha256", HASH_OF_BODY),
            ("JDCLOUD2-HMAC-SHA256", "JDCLOUD2-HMAC-SHA256"),
        ],
        canonical: &[
            "POST",
            "/v1/detail%3Amobile3",
            "",
            "content-type:application/json",
            "host:shiming.example",
            "x-jdcloud-date:20261121T201715Z",
            "x-jdcloud-nonce:b4e8a4c2-9142-4f9c-968f-179ccec7e9e4",
            "",
            "content-type;host;x-jdcloud-date;x-jdcloud-nonce",
            "$body",
        ],
    },
    // The HTTP library adds the host after it is signed.
    Signer {
        name: "Rust signer, and the sample of Java's",
        generation: Generation::Two,
        target: "/v1/personal",
        body: BODY,
        headers: &[
            ("content-type", "application/json"),
            ("x-jdcloud-date", DATE),
            ("x-jdcloud-nonce", GUID),
            ("host", "127.0.0.1:18443"),
        ],
        canonical: &[
            "POST",
            "/v1/personal",
            "",
            "content-type:application/json",
            "x-jdcloud-date:20261121T201715Z",
            "x-jdcloud-nonce:b4e8a4c2-9142-4f9c-968f-179ccec7e9e4",
            "",
            "content-type;x-jdcloud-date;x-jdcloud-nonce",
            "$body",
        ],
    },
    // The path as the URL has it, and a plus sign in the query read as a blank.
    Signer {
        name: "Rust signer, GET",
        generation: Generation::Two,
        target: "/v1/query:cityList?provinceCode=11+x",
        body: "",
        headers: &[
            ("content-type", "application/json"),
            ("x-jdcloud-date", DATE),
            ("x-jdcloud-nonce", GUID),
            ("host", "127.0.0.1:18443"),
        ],
        canonical: &[
            "GET",
            "/v1/query:cityList",
            "provinceCode=11%20x",
            "content-type:application/json",
            "x-jdcloud-date:20261121T201715Z",
            "x-jdcloud-nonce:b4e8a4c2-9142-4f9c-968f-179ccec7e9e4",
            "",
            "content-type;x-jdcloud-date;x-jdcloud-nonce",
            "$body",
        ],
    },
    Signer {
        name: "C++ signer on Windows",
        generation: Generation::Two,
        target: "/v1/company%3Ainfo",
        body: BODY,
        headers: &[
            ("host", "127.0.0.1:18443"),
            ("content-type", "application/json; charset=UTF-8"),
            ("x-jdcloud-date", DATE),
            ("x-jdcloud-nonce", "{B4E8A4C291424F9C968F179CCEC7E9E4}"),
        ],
        canonical: &[
            "POST",
            "/v1/company%3Ainfo",
            "",
            "content-type:application/json; charset=UTF-8",
            "host:127.0.0.1:18443",
            "x-jdcloud-date:20261121T201715Z",
            "x-jdcloud-nonce:{B4E8A4C291424F9C968F179CCEC7E9E4}",
            "",
            "content-type;host;x-jdcloud-date;x-jdcloud-nonce",
            "$body",
        ],
    },
    // No content type where there is no content.
    Signer {
        name: ".NET SDK, GET",
        generation: Generation::Two,
        target: "/v1/manage:applyStatus",
        body: "",
        headers: &[
            ("X-Jdcloud-Nonce", GUID),
            ("X-Jdcloud-Date", DATE),
            ("Host", "127.0.0.1:18443"),
            ("X-Jdcloud-Pin", "ZmFrZQ=="),
        ],
        canonical: &[
            "GET",
            "/v1/manage%3AapplyStatus",
            "",
            "host:127.0.0.1:18443",
            "x-jdcloud-date:20261121T201715Z",
            "x-jdcloud-nonce:b4e8a4c2-9142-4f9c-968f-179ccec7e9e4",
            "",
            "host;x-jdcloud-date;x-jdcloud-nonce",
            "$body",
        ],
    },
    // Names are sorted before they are put into lower case.
    Signer {
        name: "iOS SDK",
        generation: Generation::Two,
        target: "/v1/personal",
        body: BODY,
        headers: &[
            ("X-Trace", "a   b"),
            ("content-type", "application/json"),
            ("x-jdcloud-date", DATE),
            ("x-jdcloud-nonce", GUID),
            ("host", "127.0.0.1:18443"),
        ],
        canonical: &[
            "POST",
            "/v1/personal",
            "",
            "x-trace:a b",
            "content-type:application/json",
            "x-jdcloud-date:20261121T201715Z",
            "x-jdcloud-nonce:b4e8a4c2-9142-4f9c-968f-179ccec7e9e4",
            "",
            "x-trace;content-type;x-jdcloud-date;x-jdcloud-nonce",
            "$body",
        ],
    },
    // The hash of the body comes along under the signature.
    Signer {
        name: "Node signer",
        generation: Generation::Three,
        target: "/v1/query:cityList?provinceCode=11",
        body: "",
        headers: &[
            ("x-jdcloud-nonce", GUID),
            ("x-jdcloud-content-sha256", HASH_OF_NOTHING),
            ("x-jdcloud-date", DATE),
            ("host", "127.0.0.1:18443"),
            ("content-type", "application/json"),
        ],
        canonical: &[
            "GET",
            "/v1/query%3AcityList",
            "provinceCode=11",
            "x-jdcloud-content-sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "x-jdcloud-nonce:b4e8a4c2-9142-4f9c-968f-179ccec7e9e4",
            "",
            "x-jdcloud-content-sha256;x-jdcloud-nonce",
            "$body",
        ],
    },
];

impl Signer {
    /// The headers with the signature of what the client hashed.
    fn signed(&self) -> HeaderMap {
        let body = sha256_hex(self.body.as_bytes());
        let canonical = self.canonical.join("\n").replace("$body", text(&body));
        let region = "jdcloud-api";
        let scope = Scope { generation: self.generation, date: "20261121", region, service: SERVICE };
        let to_sign = string_to_sign(&scope, DATE, text(&sha256_hex(canonical.as_bytes())));
        let signature = SigningKey::derive(&Secret::new(SECRET), &scope).sign(to_sign.as_bytes()).hex();
        let list = self.canonical[self.canonical.len() - 2];
        let algorithm = self.generation.algorithm();
        let authorization =
            format!("{algorithm} Credential={ACCESS_KEY}/{scope}, SignedHeaders={list}, Signature={signature}");
        let mut headers = HeaderMap::new();
        for (name, value) in self.headers.iter().copied().chain([("authorization", authorization.as_str())]) {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    fn checked(&self, headers: &HeaderMap) -> Result<bool, No> {
        let request = Request { method: self.canonical[0], target: self.target, headers, body: self.body.as_bytes() };
        let call = Unverified::parse(&request).map_err(|refusal| refusal.no())?;
        let key = SigningKey::derive(&Secret::new(SECRET), &call.scope());
        let token = headers.contains_key("x-jdcloud-security-token").then(|| Secret::new(TOKEN));
        let verified = call.verify(&key, token.as_ref()).map_err(|refusal| refusal.no())?;
        Ok(matches!(verified.replay_key(), ReplayKey::SignedNonce(_)))
    }
}

#[test]
fn what_the_other_official_signers_send_verifies_and_its_nonce_is_spent() {
    for signer in SIGNERS {
        assert_eq!(signer.checked(&signer.signed()), Ok(true), "{}", signer.name);
    }
}

#[test]
fn a_path_that_was_signed_as_it_was_sent_is_no_other_path() {
    let rust = SIGNERS.iter().find(|signer| signer.name == "Rust signer, GET").unwrap();
    let headers = rust.signed();
    for (target, good) in [
        ("/v1/query:cityList?provinceCode=11+x", true),
        ("/v1/query:citylist?provinceCode=11+x", false),
        ("/v1/query%253AcityList?provinceCode=11+x", false),
        ("/v1/query:cityList/?provinceCode=11+x", false),
    ] {
        assert_eq!(Signer { target, ..*rust }.checked(&headers).is_ok(), good, "{target}");
    }
}

#[test]
fn none_of_them_verifies_with_another_value_of_a_listed_header() {
    for signer in SIGNERS {
        for name in signer.canonical[signer.canonical.len() - 2].split(';') {
            let mut headers = signer.signed();
            let changed = format!("{}0", headers[name].to_str().unwrap());
            headers.insert(HeaderName::from_bytes(name.as_bytes()).unwrap(), changed.parse().unwrap());
            // A date of another form is a missing one.
            let no = if name == "x-jdcloud-date" { No::NoDate } else { No::WrongSignature };
            assert_eq!(signer.checked(&headers), Err(no), "{} {name}", signer.name);
        }
    }
}
