//! Texts whose lines are other ones, or in another order, than the scheme's (section 1.4).

use super::{Lines, Mistake, Search, closed, replaced};

impl Search<'_> {
    pub(super) fn layout(&self) -> Option<Mistake> {
        self.written_out().or_else(|| self.body_of_nothing()).or_else(|| self.method_first())
    }

    /// Lines parted by a backslash and an n: PHP's `'\n'`, JavaScript's `'\\n'`.
    fn written_out(&self) -> Option<Mistake> {
        let text = replaced(&self.lines.text(), b"\n", b"\\n");
        let unended = text.strip_suffix(b"\\n").unwrap_or(&text);
        (self.is_text(&text) || self.is_text(unended)).then(|| {
            Mistake::new(
                "line-ends-written-out",
                "The lines of the string to sign are parted by a backslash and the letter n (in PHP, '\\n' in single quotes); they end in a line feed.",
                "待签名字符串里写成了反斜杠加字母 n（PHP 单引号中的 '\\n' 即是如此），每一行应以真正的换行符（LF）结尾。",
            )
        })
    }

    /// A body that was made of no parameters, signed, and not sent.
    fn body_of_nothing(&self) -> Option<Mistake> {
        let nothing: [&[u8]; 5] = [b"{}", b"[]", b"null", b"\"\"", b"undefined"];
        let signed = self.lines.body.is_empty() && nothing.iter().any(|body| self.is(&Lines { body, ..self.lines }));
        signed.then(|| {
            Mistake::new(
                "unsent-body-signed",
                "No body was sent, but one was signed: {}, [], null or the like. Without a body its line is empty.",
                "没有发送正文，签名文本里却有 {}、[]、null 之类的正文。没有正文时该行应为空行。",
            )
        })
    }

    /// Texts that begin with the method: that of Rust's `alipay_sdk_rust`, and WeChat Pay's.
    fn method_first(&self) -> Option<Mistake> {
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
