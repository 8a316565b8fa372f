//! The paths of the API, and what each takes. This table is all of it; the document is compared with it.

use shiming_core::Role;

/// What is done at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    List,
    Show,
    Paper,
    Approve,
    Reject,
    Notices,
    Notice,
    Requeue,
    Document,
}

/// A path, its method, and who may.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) template: &'static str,
    pub(super) method: &'static str,
    /// Everybody, where there is none.
    pub(super) role: Option<Role>,
    pub(super) operation: Operation,
}

const fn route(method: &'static str, template: &'static str, role: Option<Role>, operation: Operation) -> Route {
    Route { template, method, role, operation }
}

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/api/v1/cases", Some(Role::Viewer), Operation::List),
    route("GET", "/api/v1/cases/{number}", Some(Role::Viewer), Operation::Show),
    route("GET", "/api/v1/cases/{number}/papers/{index}", Some(Role::Reviewer), Operation::Paper),
    route("POST", "/api/v1/cases/{number}/approve", Some(Role::Reviewer), Operation::Approve),
    route("POST", "/api/v1/cases/{number}/reject", Some(Role::Reviewer), Operation::Reject),
    route("GET", "/api/v1/webhooks", Some(Role::Viewer), Operation::Notices),
    route("GET", "/api/v1/webhooks/{id}", Some(Role::Viewer), Operation::Notice),
    route("POST", "/api/v1/webhooks/{id}/requeue", Some(Role::Admin), Operation::Requeue),
    route("GET", "/api/v1/openapi.json", None, Operation::Document),
];

impl Route {
    pub(super) fn takes(&self, method: &str) -> bool {
        method == self.method || (self.method == "GET" && method == "HEAD")
    }

    pub(super) fn allow(&self) -> &'static str {
        if self.method == "GET" { "GET, HEAD, OPTIONS" } else { "POST, OPTIONS" }
    }

    /// The word for it in metrics.
    pub(super) const fn word(&self) -> &'static str {
        match self.operation {
            Operation::List => "cases",
            Operation::Show => "case",
            Operation::Paper => "paper",
            Operation::Approve => "approve",
            Operation::Reject => "reject",
            Operation::Notices => "webhooks",
            Operation::Notice => "webhook",
            Operation::Requeue => "requeue",
            Operation::Document => "openapi",
        }
    }
}

/// The route of a path, and what stands for its parameters, in order.
pub(super) fn find(path: &str) -> Option<(&'static Route, Vec<&str>)> {
    ROUTES.iter().find_map(|route| Some((route, parameters(route.template, path)?)))
}

fn parameters<'p>(template: &str, path: &'p str) -> Option<Vec<&'p str>> {
    let (mut expected, mut given) = (template.split('/'), path.split('/'));
    let mut found = Vec::new();
    loop {
        match (expected.next(), given.next()) {
            (None, None) => return Some(found),
            (Some(name), Some(text)) if name.starts_with('{') => found.push(text),
            (Some(name), Some(text)) if name == text => {}
            _ => return None,
        }
    }
}

/// A number in a path: digits alone, and not too many. What is written in another way names nothing.
pub(super) fn number(text: &str) -> Option<i64> {
    let plain = text.bytes().all(|c| c.is_ascii_digit()) && !text.starts_with('0');
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_one_route() {
        let found = |path| find(path).map(|(route, parameters)| (route.operation, parameters));
        assert_eq!(found("/api/v1/cases"), Some((Operation::List, vec![])));
        for path in super::super::ENTRANCES {
            assert!(found(path).is_some(), "{path}");
        }
        assert_eq!(found("/api/v1/cases/7"), Some((Operation::Show, vec!["7"])));
        assert_eq!(found("/api/v1/cases/7/papers/2"), Some((Operation::Paper, vec!["7", "2"])));
        assert_eq!(found("/api/v1/cases/7/approve"), Some((Operation::Approve, vec!["7"])));
        assert_eq!(found("/api/v1/webhooks/msg_0/requeue"), Some((Operation::Requeue, vec!["msg_0"])));
        for nothing in ["/api/v1/cases/7/", "/api/v1/cases/7/papers", "/api/v1", "/api/v2/cases", "//api/v1/cases"] {
            assert_eq!(found(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_number_is_digits() {
        assert_eq!(number("100000000001"), Some(100_000_000_001));
        for bad in ["", "0", "01", "-1", "+1", "1e3", "１", "99999999999999999999", "1 "] {
            assert_eq!(number(bad), None, "{bad}");
        }
    }
}
