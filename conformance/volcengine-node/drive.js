// Drives Volcengine's Node SDK: one case a line in, one outcome a line out.
'use strict'

const readline = require('readline')
const { Signer, sms } = require('@volcengine/openapi')

const SERVICE = 'volcSMS'
const REGION = 'cn-north-1'
const VERSION = '2021-01-11'

async function drive (driven) {
  if (driven.page) return signed(driven)
  const service = new sms.SmsService({ protocol: `${driven.scheme}:` })
  service.setHost(driven.endpoint)
  service.setAccessKeyId(driven.access_key)
  service.setSecretKey(driven.secret_key)
  if (driven.security_token) service.setSessionToken(driven.security_token)
  if (typeof service[driven.operation] !== 'function') {
    return { exception: `no such operation in this SDK: ${driven.operation}` }
  }
  return read(await service[driven.operation](driven.arguments))
}

// The SDK resolves with the whole answer whatever its status, with an error in it or without one.
function read (envelope) {
  const about = envelope.ResponseMetadata
  if (!about) return { exception: `an answer without ResponseMetadata: ${JSON.stringify(envelope)}` }
  if (!about.Error) return { request_id: about.RequestId, metadata: about, result: envelope.Result }
  const { Code, CodeN, Message } = about.Error
  const type = envelope.constructor.name
  return { error: { type, code: Code, code_n: CodeN, message: Message, request_id: about.RequestId } }
}

function signed (driven) {
  const params = { Action: driven.operation, Version: VERSION, ...driven.arguments }
  const method = driven.operation.startsWith('Get') ? 'GET' : 'POST'
  const signer = new Signer({ region: REGION, method, pathname: '/', params, headers: {} }, SERVICE)
  const query = signer.getSignUrl({
    accessKeyId: driven.access_key, secretKey: driven.secret_key, sessionToken: driven.security_token
  })
  return { result: { address: `${driven.scheme}://${driven.endpoint}/?${query}`, method } }
}

async function main () {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const driven = JSON.parse(line)
    const outcome = await drive(driven).catch(error => ({ exception: String(error.stack) }))
    process.stdout.write(JSON.stringify({ case: driven.case, ...outcome }) + '\n')
  }
}

main()
