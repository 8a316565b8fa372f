// Drives Alipay's Node SDK at v3: one case a line in, one outcome a line out.
'use strict'

const readline = require('readline')
const { AlipaySdk, AlipayRequestError } = require('alipay-sdk')

async function drive (driven) {
  const client = new AlipaySdk({
    endpoint: `${driven.scheme}://${driven.endpoint}`,
    appId: driven.app_id,
    privateKey: driven.app_private_key_pkcs1,
    encryptKey: driven.aes_key,
    ...(driven.mode === 'certificate' ? certificates(driven) : { alipayPublicKey: driven.alipay_public_key })
  })
  const [method, path] = driven.operation.split(' ')
  const asked = method === 'GET'
    ? { query: driven.arguments }
    : { body: driven.arguments, needEncrypt: driven.mode === 'aes' }
  asked.appAuthToken = driven.app_auth_token
  try {
    const answer = await client.curl(method, path, asked)
    return { result: answer.data }
  } catch (reason) {
    return refused(reason)
  }
}

function certificates (driven) {
  return {
    appCertPath: driven.app_cert,
    alipayPublicCertPath: driven.alipay_cert,
    alipayRootCertPath: driven.root_cert
  }
}

// The SDK throws its own error for what the server refuses and for what it does not believe; only the first has a bad status.
function refused (reason) {
  if (!(reason instanceof AlipayRequestError) || !(reason.responseHttpStatus >= 400)) {
    return { exception: String(reason.stack), code: reason.code }
  }
  const { code, message, responseHttpStatus: status } = reason
  return { error: { type: reason.constructor.name, status, code, message } }
}

async function main () {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const driven = JSON.parse(line)
    const outcome = await drive(driven).catch(error => ({ exception: String(error.stack) }))
    process.stdout.write(JSON.stringify({ case: driven.case, ...outcome }) + '\n')
  }
}

main()
