// Drives Alipay's Node SDK at the gateway, this version and the older one beside it: one case a line in, one outcome a line out.
'use strict'

const readline = require('readline')
const sdk = require('alipay-sdk')

const AlipaySdk = sdk.AlipaySdk || sdk.default

// The SDK cannot verify the signature of any encrypted answer; its users must turn the check off.
const verifies = mode => mode !== 'aes'

async function drive (driven) {
  const client = new AlipaySdk({
    gateway: `${driven.scheme}://${driven.endpoint}/gateway.do`,
    appId: driven.app_id,
    privateKey: driven.app_private_key_pkcs1,
    encryptKey: driven.aes_key,
    signType: driven.mode === 'sha1' ? 'RSA' : 'RSA2',
    ...(driven.mode === 'certificate' ? certificates(driven) : { alipayPublicKey: driven.alipay_public_key })
  })
  const asked = {
    bizContent: driven.arguments,
    ...(driven.mode === 'aes' ? { needEncrypt: true } : {}),
    ...(driven.app_auth_token ? { appAuthToken: driven.app_auth_token } : {})
  }
  if (driven.page) {
    return { result: { address: client.pageExec(driven.operation, { ...asked, ...driven.page, method: 'GET' }) } }
  }
  // Version 4 adds the trace id, which is another in every answer.
  const { traceId, ...result } = await client.exec(driven.operation, asked, { validateSign: verifies(driven.mode) })
  return { result }
}

function certificates (driven) {
  return {
    appCertPath: driven.app_cert,
    alipayPublicCertPath: driven.alipay_cert,
    alipayRootCertPath: driven.root_cert
  }
}

// Version 3 rejects with plain objects, version 4 throws its own errors.
function told (reason) {
  return reason instanceof Error ? String(reason.stack) : JSON.stringify(reason)
}

async function main () {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const driven = JSON.parse(line)
    const outcome = await drive(driven).catch(reason => ({ exception: told(reason) }))
    process.stdout.write(JSON.stringify({ case: driven.case, ...outcome }) + '\n')
  }
}

main()
