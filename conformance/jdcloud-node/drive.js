// Drives JD Cloud's Node SDK: one case a line in, one outcome a line out.
'use strict'

const readline = require('readline')
const Cloudauth = require('jdcloud-sdk-js/src/services/cloudauth')
const { config } = require('jdcloud-sdk-js/src/lib/core')

// As it comes, the SDK prints every request on standard output, which belongs to the outcomes.
config.update({ logger: () => {} })

async function drive (driven) {
  const cloudauth = new Cloudauth({
    credentials: { accessKeyId: driven.access_key, secretAccessKey: driven.secret_key },
    endpoint: { protocol: driven.scheme, host: driven.endpoint }
  })
  if (typeof cloudauth[driven.operation] !== 'function') {
    return { exception: `no such operation in this SDK: ${driven.operation}` }
  }
  const options = { ...driven.arguments }
  if (driven.security_token) {
    options['x-extra-header'] = { 'x-jdcloud-security-token': driven.security_token }
  }
  try {
    const envelope = await cloudauth[driven.operation](options)
    return { request_id: envelope.requestId, result: envelope.result }
  } catch (reason) {
    return refused(reason)
  }
}

// The SDK rejects with the answer's envelope itself, a plain object; anything else was thrown on the way.
function refused (reason) {
  if (reason instanceof Error || !reason.error) {
    return { exception: String(reason.stack || JSON.stringify(reason)) }
  }
  const { code, status, message } = reason.error
  const type = reason.constructor.name
  return { error: { type, code, status, message, request_id: reason.requestId } }
}

async function main () {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const driven = JSON.parse(line)
    const outcome = await drive(driven).catch(error => ({ exception: String(error.stack) }))
    process.stdout.write(JSON.stringify({ case: driven.case, ...outcome }) + '\n')
  }
}

main()
