#![no_main]
//! What stands inside a call at Alipay's gateway, signed as it should be: the first byte picks the operation.

use http::{HeaderMap, HeaderValue, header};
use libfuzzer_sys::fuzz_target;
use shiming_fuzz::{DAY, now, own_key};
use shiming_wire::alipay::keys::Algorithm;
use shiming_wire::alipay::text::Charset;
use shiming_wire::alipay_gateway::Unverified;
use shiming_wire::alipay_gateway::call::AppKeys;
use shiming_wire::alipay_gateway::certification::{ByNumber, Initialize};
use shiming_wire::alipay_gateway::client::Client;
use shiming_wire::alipay_gateway::codes::Echo;
use shiming_wire::alipay_gateway::download::Download;
use shiming_wire::alipay_gateway::jobworth::{AgreementQuery, AgreementSign, Authentication, Plugin, Preconsult};
use shiming_wire::alipay_gateway::material::MaterialCertify;
use shiming_wire::request::Request;

fuzz_target!(|bytes: &[u8]| {
    let Some((which, rest)) = bytes.split_first() else { return };
    let Ok(content) = std::str::from_utf8(rest) else { return };
    let client = Client {
        app_id: "2021009900000001",
        key: own_key(),
        algorithm: Algorithm::Rsa2,
        charset: Charset::Utf8,
        certificates: None,
        content_key: None,
    };
    let method = "zhima.customer.certification.material.certify";
    let Ok(asked) = client.ask(method, content, &[], now()) else { return };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(&asked.content_type).expect("we wrote it"));
    let request = Request { method: "POST", target: &asked.target, headers: &headers, body: &asked.body };
    // An empty content is left out, and refused as missing.
    let Ok(call) = Unverified::parse(&request) else { return };
    let keys = AppKeys { key: Some(own_key().public_key()), ..AppKeys::default() };
    let admitted = call.verify(&keys, now(), DAY, Echo::default()).expect("we signed it");
    let Ok(opened) = admitted.open(None) else { return };
    match which % 9 {
        0 => drop(MaterialCertify::read(&opened).map(|call| call.content().map(|(_, value)| value.len()))),
        1 => drop(Initialize::read(&opened)),
        2 => drop(ByNumber::read(&opened)),
        3 => drop(Authentication::read(&opened)),
        4 => drop(Preconsult::read(&opened)),
        5 => drop(Plugin::read(&opened)),
        6 => drop(AgreementSign::read(&opened)),
        7 => drop(AgreementQuery::read(&opened)),
        _ => drop(Download::read(&opened)),
    }
});
