//! Texts whose lines are other ones, or in another order, than the scheme's (section 1.4).

use super::{Lines, Mistake, Search, closed};

impl Search<'_> {
    /// Texts that begin with the method: that of Rust's `alipay_sdk_rust`, and WeChat Pay's.
    pub(super) fn layout(&self) -> Option<Mistake> {
        let Lines { method, target, body, app_auth_token, .. } = self.lines;
        let authorization = self.call.authorization();
        let [timestamp, nonce] =
            [authorization.timestamp, authorization.nonce].map(|it| it.unwrap_or_default().as_bytes());
        let (method, target, token) = (method.as_bytes(), target.as_bytes(), app_auth_token.unwrap_or_default());
        [[method, target, body, token, timestamp], [method, target, timestamp, nonce, body]]
            .iter()
            .any(|lines| self.budget.covers(body.len()) && self.is_text(&closed(lines)))
            .then(|| {
                Mistake::new(
                    "other-layout",
                    "The string to sign begins with the method. Its first line is the auth string: all between the scheme and ,sign=.",
                    "待签名字符串的首行应是认证串（方案名与 ,sign= 之间的全部内容），而不是 HTTP 方法。",
                )
            })
    }
}
