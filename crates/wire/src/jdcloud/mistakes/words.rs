//! The known mistakes as data: a stable slug, what to change in English and in Chinese. `{}` stands for the variety that was found.

use std::borrow::Cow;

use super::Finding;

/// One known mistake.
#[derive(Debug, PartialEq, Eq)]
pub struct Mistake {
    /// A stable name for logs and scripts.
    pub slug: &'static str,
    /// What to change, in English; `{}` stands for the variety.
    pub english: &'static str,
    /// What to change, in Chinese; `{}` stands for the variety.
    pub chinese: &'static str,
}

impl Mistake {
    pub(super) fn found(&'static self, detail: impl Into<Cow<'static, str>>) -> Finding {
        Finding { mistake: self, detail: detail.into() }
    }
}

macro_rules! mistakes {
    ($($name:ident $slug:literal $english:literal $chinese:literal)*) => {
        $(pub(super) static $name: Mistake = Mistake { slug: $slug, english: $english, chinese: $chinese };)*
        /// Every known mistake.
        pub static ALL: &[&Mistake] = &[$(&$name),*];
    };
}

mistakes! {
    SECRET_STRAY "secret-stray-character"
        "The client's secret has a stray character: {}. Remove it, for instance by trimming what is read from a file or an environment variable."
        "客户端使用的密钥多了字符：{}。请去掉它，例如读取文件或环境变量后先去除首尾空白。"
    REGISTERED_STRAY "registered-secret-stray-character"
        "The secret registered on the server has a stray blank, line end, byte order mark or quote at its ends; the client's is right. Register the caller again with the clean secret."
        "服务端登记的密钥首尾多了空白、换行、BOM 或引号，客户端的密钥是对的。请用干净的密钥重新登记该调用方。"
    OTHER_SECRET "secret-of-another-caller"
        "The request is signed with the secret of another registered caller. Use the secret that belongs to the access key in Credential."
        "请求使用了另一个已登记调用方的密钥签名。请改用与 Credential 中 access key 配对的密钥。"
    SWAPPED "access-key-and-secret-swapped"
        "The access key and the secret are swapped: Credential carries a secret. Exchange the two settings, and replace that secret, since it has been sent over the wire."
        "access key 与 secret 填反了：Credential 中出现了密钥。请对调两项配置；该密钥已在网络上传输过，应当更换。"
    SIGNED_WITH_ACCESS_KEY "access-key-used-as-secret"
        "The request is signed with the access key instead of the secret. Set the secret in the client."
        "请求用 access key 而不是 secret 签名。请在客户端配置正确的 secret。"
    SECRET_EMPTY "secret-empty"
        "The request is signed with an empty secret; a setting or an environment variable of the client is not filled."
        "请求使用了空密钥签名，客户端的配置项或环境变量没有取到值。"
    GENERATION "wrong-generation"
        "Authorization names one generation of the algorithm, but the signature is computed by the other. Use {} in Authorization, or compute the signature as Authorization says."
        "Authorization 写的是一代算法，签名却按另一代计算。请在 Authorization 中使用 {}，或按 Authorization 所写的算法计算签名。"
    PREFIX "wrong-generation-prefix"
        "The first key begins with {} instead of the prefix of the algorithm in Authorization. The prefix before the secret must be JDCLOUD2 for JDCLOUD2-HMAC-SHA256 and JDCLOUD3 for JDCLOUD3-HMAC-SHA256."
        "派生第一把密钥时使用的前缀是 {}，与 Authorization 的算法不符。JDCLOUD2-HMAC-SHA256 的前缀是 JDCLOUD2，JDCLOUD3-HMAC-SHA256 的前缀是 JDCLOUD3。"
    TERMINATOR "wrong-generation-terminator"
        "The scope ends in {}, which is not the ending of the algorithm in Authorization. It must be jdcloud2_request or jdcloud3_request, in Credential, in the string to sign and in the last key alike."
        "scope 的结尾用了 {}，与 Authorization 的算法不符。Credential、待签名字符串和最后一步派生密钥都必须一致使用 jdcloud2_request 或 jdcloud3_request。"
    LABEL "wrong-generation-label"
        "The first line of the string to sign is {} instead of the algorithm in Authorization."
        "待签名字符串的第一行是 {}，与 Authorization 中的算法不同。"
    REGION "wrong-region"
        "The signature is computed for the region \"{}\", but Credential names another. Use one region in both places."
        "签名按地域“{}”计算，而 Credential 中写的是另一个地域。两处必须使用同一个地域。"
    REGION_FORM "malformed-region"
        "The region in Credential is empty, too long or has characters other than letters, digits and hyphens."
        "Credential 中的地域为空、过长，或含有字母、数字、连字符以外的字符。"
    SERVICE_NAME "wrong-service"
        "The signature is computed for the service \"{}\". It must be cloudauth, in Credential, in the string to sign and in the key alike."
        "签名按服务名“{}”计算。Credential、待签名字符串和派生密钥中的服务名都必须是 cloudauth。"
    CREDENTIAL_DATE "credential-date-differs"
        "The day in Credential is not the day of x-jdcloud-date. Take both from one moment, in UTC."
        "Credential 中的日期与 x-jdcloud-date 的日期不同。两者必须取自同一时刻，并使用 UTC。"
    LOCAL_TIME "local-time"
        "The string to sign holds local time ({}), x-jdcloud-date another. Take UTC once and use that text everywhere."
        "待签名字符串中用了本地时间（{}），与 x-jdcloud-date 不同。请只取一次 UTC 时间，各处使用同一文本。"
    DATE_TWICE "date-taken-twice"
        "The clock was read twice: the string to sign holds a moment {} from x-jdcloud-date. Read it once and use that text everywhere."
        "时钟读了两次：待签名字符串中的时间与 x-jdcloud-date 相差 {}。请只取一次时间，各处使用同一文本。"
    DATE_ALTERED "date-altered"
        "x-jdcloud-date was changed after signing, by {}. Send the text that was signed."
        "x-jdcloud-date 在签名之后被改动，相差 {}。请发送签名时所用的原文。"
    BODY_CHANGED "body-changed"
        "The body was changed after signing, by the client or on the way: x-jdcloud-content-sha256 still is the hash of the signed body. Sign exactly the bytes that are sent, and let no proxy rewrite them."
        "请求体在签名之后被客户端或途中改动：x-jdcloud-content-sha256 仍是原请求体的哈希。请对实际发送的字节签名，并禁止代理改写请求体。"
    BODY_RESERIALISED "body-reserialised"
        "The body that was signed is the same JSON written differently: {}. Serialise once, sign those bytes and send those bytes."
        "签名时的请求体是同一 JSON 的另一种写法：{}。请只序列化一次，对这些字节签名并原样发送。"
    BODY_LINE_END "body-line-end"
        "The body that was signed differs in its line ends: {}. Sign exactly the bytes that are sent."
        "签名时的请求体与发送的请求体换行不同：{}。请对实际发送的字节签名。"
    BODY_EMPTY_HASH "body-not-hashed"
        "The hash in the canonical request is not that of the body: the client wrote {}. Hash the bytes that are sent."
        "规范请求中的哈希不是请求体的哈希：客户端写的是 {}。请对实际发送的字节计算 SHA-256。"
    PAYLOAD_FORM "body-hash-form"
        "The last line of the canonical request is {}. It must be the lower-case hexadecimal SHA-256 of the body, with no line end behind it."
        "规范请求的最后一行是 {}。它必须是请求体 SHA-256 的小写十六进制，后面不能有换行。"
    HOST_PORT "host-port"
        "The host was signed as {}, but the Host header differs in its port. Sign the Host header exactly as it is sent."
        "签名用的 host 是 {}，与 Host 请求头的端口部分不同。请对实际发送的 Host 请求头签名。"
    HOST_OTHER "host-other"
        "The host was signed as {}, but another Host arrived. Point the client at this server by its endpoint setting, or let the proxy keep the original Host header."
        "签名用的 host 是 {}，但到达的 Host 不同。请在客户端配置本服务的 endpoint，或让代理保留原始 Host 请求头。"
    PATH_TWICE "path-encoded-twice"
        "The path was percent-encoded twice before signing. Encode it once."
        "路径在签名前被百分号编码了两次。只应编码一次。"
    PATH_PLAIN "path-not-encoded"
        "The path was signed as {}. In the canonical request every byte except letters, digits and - . _ ~ / is written as upper-case %XX, so a colon is %3A."
        "路径按 {} 参与签名。规范请求中除字母、数字和 - . _ ~ / 以外的字节都要写成大写 %XX，冒号写作 %3A。"
    PATH_SLASH "path-trailing-slash"
        "The signed path and the requested path differ in a slash at the end. Use the path exactly as requested."
        "签名的路径与请求的路径在末尾斜杠上不一致。请使用与请求完全相同的路径。"
    PATH_ROOT "path-left-out"
        "The path was signed as \"/\". Sign the path of the request."
        "签名时的路径是“/”。请对请求的实际路径签名。"
    QUERY_ORDER "query-order"
        "The query parameters were signed in the order of the URL. Sort them by name, then by value."
        "查询参数按 URL 中的顺序签名。请先按名称、再按值排序。"
    QUERY_PLAIN "query-not-encoded"
        "The query was signed without percent-encoding. Encode names and values, each once."
        "查询参数未经百分号编码就参与签名。名称和值都要编码一次。"
    QUERY_TWICE "query-encoded-twice"
        "The query was percent-encoded twice before signing. Encode names and values once."
        "查询参数在签名前被百分号编码了两次。名称和值都只应编码一次。"
    QUERY_LEFT_OUT "query-left-out"
        "The query was left out of the canonical request. It is its third line."
        "规范请求中漏掉了查询参数，它应是第三行。"
    VALUES_BLANK "header-values-not-trimmed"
        "Header values were signed with a blank {}. The line is name:value, with no blank at either end of the value."
        "请求头的值在签名时带了空格（{}）。每行写作 name:value，值的首尾不能有空格。"
    NAMES_CASE "header-names-case"
        "Header names were signed in {} case. Write them in the canonical request as SignedHeaders lists them, in lower case."
        "请求头名称以 {} 形式参与签名。规范请求中的名称要与 SignedHeaders 一致，全部小写。"
    LIST_ORDER "signed-headers-order"
        "SignedHeaders and the header lines of the canonical request are in different order ({}). Sort the names once and use that order for the lines, the list line and the Authorization header."
        "SignedHeaders 与规范请求中请求头各行的顺序不一致（{}）。请只排序一次，各行、列表行和 Authorization 使用同一顺序。"
    EMPTY_LINE "empty-line-missing"
        "The empty line between the header lines and the SignedHeaders line is missing in the canonical request."
        "规范请求中缺少请求头各行与 SignedHeaders 行之间的空行。"
    HEADER_ALTERED "header-altered"
        "A signed header arrived changed or not at all; it was signed as {}. Send what is signed, and let no proxy rewrite it."
        "某个参与签名的请求头到达时已被改动或丢失；签名时为 {}。请原样发送，并禁止代理改写。"
    NONCE_ALTERED "nonce-altered"
        "x-jdcloud-nonce was signed in another form: {}. Send the text that was signed."
        "x-jdcloud-nonce 在签名时是另一种形式：{}。请发送签名时所用的原文。"
    TOKEN_FORM "token-form"
        "x-jdcloud-security-token was signed {} but sent in the other form. Sign the value that is sent."
        "x-jdcloud-security-token 以 {} 形式签名，却以另一种形式发送。请对实际发送的值签名。"
    TOKEN_WRONG "security-token"
        "The signature is right, but x-jdcloud-security-token is not the token that belongs to this access key (or one is missing, or there should be none)."
        "签名正确，但 x-jdcloud-security-token 与该 access key 绑定的令牌不符（或缺少令牌，或不应携带令牌）。"
    METHOD "method"
        "The method was signed as {}. It must be the request's method, in upper case."
        "签名时的请求方法是 {}。它必须与请求的方法一致，并使用大写。"
    HASH_FORM "canonical-hash-form"
        "The last line of the string to sign is {}. It must be the lower-case hexadecimal SHA-256 of the canonical request."
        "待签名字符串的最后一行是 {}。它必须是规范请求 SHA-256 的小写十六进制。"
    SIGNATURE_FORM "signature-form"
        "The signature is written in {}. It must be 64 lower-case hexadecimal digits."
        "签名写成了 {}。它必须是 64 位小写十六进制。"
}
