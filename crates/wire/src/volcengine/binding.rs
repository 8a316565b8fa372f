//! BatchBindSignatureIdent: signatures for a qualification. Docs: Volcengine SMS specification, section 4.2.

use super::call::Admitted;
use super::codes::Refusal;
use super::field::{List, Purpose, id, missing, object, required};
use super::signature::{MAX_CONTENT, MAX_WORD};
use crate::json::{Reader, Value};

/// Most signatures that one call binds.
const MAX_BOUND: usize = 100;

/// BatchBindSignatureIdent: signatures for a qualification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// `subAccount`: whose signatures.
    pub sub_account: String,
    /// `signatures`, each once, in the order given.
    pub signatures: Vec<String>,
    /// `id`: the qualification.
    pub ident: i64,
    /// `purpose`, where one SDK sends it.
    pub purpose: Option<Purpose>,
}

impl Binding {
    /// Reads the body of an admitted call.
    pub fn read(call: &Admitted<'_>) -> Result<Self, Refusal> {
        Self::read_unverified(call.body())
    }

    /// The same for a body that nobody vouches for; a door uses [`Binding::read`].
    pub fn read_unverified(bytes: &[u8]) -> Result<Self, Refusal> {
        let [mut sub_account, mut ident, mut purpose] = [Value::Null; 3];
        let mut signatures = List::Unset;
        object(bytes, |reader, name| {
            if name.is("signatures") {
                signatures = List::read(reader, Reader::value)?;
                return Ok(());
            }
            let value = reader.value()?;
            for (wanted, place) in [("subAccount", &mut sub_account), ("id", &mut ident), ("purpose", &mut purpose)] {
                if name.is(wanted) {
                    *place = value;
                }
            }
            Ok(())
        })?;
        let sub_account = required(sub_account, "subAccount", MAX_WORD)?.expose().to_owned();
        let mut all = Vec::new();
        for value in signatures.items("signatures", MAX_BOUND)? {
            let signature = required(value, "signatures", MAX_CONTENT)?.expose().to_owned();
            if !all.contains(&signature) {
                all.push(signature);
            }
        }
        if all.is_empty() {
            return Err(missing("signatures"));
        }
        let ident = id(ident, "id")?.ok_or_else(|| missing("id"))?;
        Ok(Self { sub_account, signatures: all, ident, purpose: Purpose::read(purpose)? })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    #[test]
    fn a_binding_has_one_to_a_hundred_signatures() {
        let read = |body: &Json| {
            Binding::read_unverified(body.to_string().as_bytes())
                .map_err(|refusal| refusal.reason().unwrap().to_owned())
        };
        let body = |count: usize| {
            let signatures: Vec<_> = (0..count).map(|n| n.to_string()).collect();
            json!({"subAccount": "a", "signatures": signatures, "id": 7, "openId": "x", "from": "y"})
        };
        assert_eq!(read(&body(100)).unwrap().signatures.len(), 100);
        assert_eq!(read(&body(101)).unwrap_err(), "signatures 最多100项");
        assert_eq!(read(&body(0)).unwrap_err(), "signatures 必填");
        for (field, told) in [("subAccount", "subAccount 必填"), ("signatures", "signatures 必填"), ("id", "id 必填")]
        {
            let mut body = body(1);
            body[field] = Json::Null;
            assert_eq!(read(&body).unwrap_err(), told);
        }
        let twice = json!({"subAccount": "a", "signatures": ["x", "x"], "id": "7", "purpose": 2});
        let read = read(&twice).unwrap();
        assert_eq!((read.signatures.len(), read.ident, read.purpose), (1, 7, Some(Purpose::Others)));
    }
}
