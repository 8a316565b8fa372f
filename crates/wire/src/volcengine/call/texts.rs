//! The texts that a signature may have been made over: each rule here is what some SDK does. Docs: Volcengine SMS specification,
//! sections 1.2, 1.3 and 1.6.

use http::header::{HOST, HeaderValue};

use super::Unverified;
use crate::hex::sha256_hex;
use crate::volcengine::authorization::Form;
use crate::volcengine::canonical::{Canonical, Order, Values, canonical_query};
use crate::volcengine::sign::{Signature, SigningKey, TOKEN, string_to_sign, without_port};

impl<'a> Unverified<'a> {
    /// Whether the signature comes out by any of the rules that SDKs follow: the order of repeated names, white space in header
    /// values, the host's port, and in the query form an unlisted token (sections 1.2, 1.3, 1.6).
    pub(in crate::volcengine) fn is_signed_by(&self, key: &SigningKey) -> bool {
        let Some(given) = Signature::parse(&self.authorization.signature) else { return false };
        let payload = self.payload();
        let values = [Some(Values::Trimmed), self.has_inner_blanks().then_some(Values::Collapsed)];
        let hosts = self.hosts();
        self.queries().iter().any(|query| {
            values.iter().flatten().any(|&values| {
                hosts.iter().any(|&host| {
                    let text = self.canonical(query, &payload, values, host).text();
                    text.is_some_and(|text| {
                        let text = string_to_sign(&self.scope(), &self.date, &sha256_hex(&text));
                        key.sign(&text).matches(&given)
                    })
                })
            })
        })
    }

    pub(super) fn canonical<'b>(
        &'b self,
        query: &'b [u8],
        payload: &'b str,
        values: Values,
        host: Option<&'b [u8]>,
    ) -> Canonical<'b> {
        Canonical {
            method: self.request.method,
            raw_path: self.request.path(),
            query,
            headers: self.request.headers,
            listed: &self.authorization.signed_headers,
            values,
            host,
            payload,
        }
    }

    /// Without the port first, then as sent; one of the two where they are the same.
    pub(in crate::volcengine) fn hosts(&self) -> Vec<Option<&'a [u8]>> {
        let sent = self.host.or_else(|| self.request.single(HOST.as_str()).map(HeaderValue::as_bytes));
        match sent.and_then(without_port) {
            Some(bare) => vec![Some(bare), self.host],
            None => vec![self.host],
        }
    }

    /// The canonical queries to try, the likeliest first.
    pub(super) fn queries(&self) -> Vec<Vec<u8>> {
        let listed = self.listed();
        let in_query = self.authorization.form == Form::Query;
        let token_unlisted = in_query && !listed.is_empty() && !listed.contains(TOKEN.as_bytes());
        let tokens: &[bool] =
            if token_unlisted && self.named(TOKEN).next().is_some() { &[false, true] } else { &[false] };
        let mut names: Vec<&[u8]> = self.params.iter().map(|param| param.name.as_slice()).collect();
        names.sort_unstable();
        let repeated = names.windows(2).any(|pair| pair.first() == pair.last());
        let orders: &[Order] =
            if repeated { &[Order::AsSent, Order::Sorted, Order::Escaped] } else { &[Order::AsSent] };
        let query = |token: bool, order| {
            canonical_query(&self.params, order, |name| match self.authorization.form {
                Form::Header => true,
                Form::Query if listed.is_empty() => name != b"X-Signature",
                Form::Query => listed.contains(name) || (token && name == TOKEN.as_bytes()),
            })
        };
        tokens
            .iter()
            .flat_map(|&token| orders.iter().map(move |&order| (token, order)))
            .map(|(t, o)| query(t, o))
            .collect()
    }

    fn has_inner_blanks(&self) -> bool {
        self.signed_headers().split(';').any(|name| {
            self.request.headers.get_all(name).iter().any(|value| {
                let value = value.as_bytes().trim_ascii();
                value.contains(&b'\t') || value.windows(2).any(|pair| pair == b"  ")
            })
        })
    }
}
