//! What the vendor's answer says of a request.

use crate::diagnosis::words::mistakes;

mistakes! {
    /// Everything that can be found.
    ALL:
    OPERATION "server-another-operation"
        "The answer speaks of {}, and the request asks for something else: it is another request's, or the query was changed on the way."
        "该应答针对的是 {}，而请求的操作不同：它属于另一个请求，或查询串在途中被改动。"
    SCOPE "server-another-scope"
        "The region and service in the answer are not the request's ({}): it is another request's, or Authorization was changed on the way."
        "应答中的 region 和 service 与请求不同（{}）：它属于另一个请求，或 Authorization 在途中被改动。"
    LOST "server-part-missing"
        "The server did not find {}, and the request has it: it was taken off on the way, or the answer is another request's. Proxies drop Authorization, for instance, when they follow a redirect."
        "服务端没有收到 {}，而请求中有它：它在途中被去掉，或该应答属于另一个请求。例如代理跟随重定向时会丢弃 Authorization。"
    OTHER_KEY "server-another-access-key"
        "The answer names another access key than the request has: it is another request's, or Authorization was changed on the way."
        "应答中的 access key 与请求不同：它属于另一个请求，或 Authorization 在途中被改动。"
    CLOCK "server-clock"
        "The server refused the time of signing. X-Date is {} from the clock that the answer shows; 15 minutes either way are taken. Set the client's clock, write X-Date in UTC, and sign anew for each try."
        "服务端拒绝了签名时间。X-Date 与应答所示的服务端时间相差 {}，允许前后 15 分钟。请校准客户端时钟，X-Date 使用 UTC，每次重试都重新签名。"
    FORM "server-stopped-before-the-key"
        "The server stopped at the form of the request ({}), before it looked at the access key: no text was signed that could be compared."
        "服务端在检查请求格式时就已拒绝（{}），尚未查找 access key：没有可比较的签名文本。"
    KEY "server-unknown-key"
        "The server read the credential and does not know this access key. It signed nothing, so no text can be compared: look at the account, whether the key is enabled, and which environment the request went to."
        "服务端读到了凭证，但不认识该 access key，没有计算签名，因此没有可比较的文本：请核对账号、密钥是否启用以及请求发往的环境。"
    TOKEN_STAGE "server-token"
        "The server knows the access key and refused the security token, before it looked at the signature: get new temporary credentials, and send key, secret and token of one set."
        "服务端认识该 access key，但在验签之前拒绝了安全令牌：请重新获取临时凭证，并使用同一组的 key、secret 和 token。"
    SIGNATURE "server-signature"
        "The server took the form, the access key and the token, and refused the signature. Its answer holds no text that it signed. What can be compared is the client's own: print its canonical request and hold it against the stage above, line by line; where they are the same, the secrets differ."
        "服务端接受了格式、access key 和令牌，只是签名不符。应答中没有服务端的签名文本；可以比较的是客户端自己的：请打印其规范请求，与上面的阶段逐行对照；若完全相同，则是密钥不同。"
    OTHER_SECRET "server-other-secret"
        "The request verifies with the secret at hand, and the server refused its signature: the server has another secret for this access key, or something on the way changed a signed header, the query or the body."
        "该请求用手头的密钥验签通过，而服务端拒绝了签名：服务端为该 access key 登记的是另一个密钥，或已签名的请求头、查询串、请求体在途中被改动。"
    BEHIND "server-took-the-signature"
        "The answer ({}) is one that is given behind the signature: the server took it. Look at what the code says, not at the signing."
        "该应答（{}）是在验签之后给出的：服务端已接受签名。请按错误码处理，与签名无关。"
    UNKNOWN_CODE "server-unknown-code"
        "The code {} is none of the documented ones, so it does not say at which stage the server stopped."
        "错误码 {} 不在文档之列，无法判断服务端停在哪一步。"
}
