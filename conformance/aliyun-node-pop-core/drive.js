// Drives Alibaba Cloud's Node SDK of the first generation: one case a line in, one outcome a line out.
'use strict'

const readline = require('readline')
const { RPCClient } = require('@alicloud/pop-core')

async function drive (driven) {
  const [apiVersion, action] = driven.operation.split('/')
  const client = new RPCClient({
    endpoint: `${driven.scheme}://${driven.endpoint}`,
    apiVersion,
    accessKeyId: driven.access_key,
    accessKeySecret: driven.secret_key,
    securityToken: driven.security_token
  })
  const params = driven.format ? { ...driven.arguments, Format: driven.format } : driven.arguments
  try {
    return { result: await client.request(action, params, { method: driven.method || 'GET' }) }
  } catch (thrown) {
    return refused(thrown)
  }
}

// An answer with a code becomes an Error with the answer itself in `data`; anything else was thrown on the way.
function refused (thrown) {
  if (!thrown.data) {
    return { exception: String(thrown.stack) }
  }
  const { Code, Message, RequestId } = thrown.data
  const status = thrown.entry.response.statusCode
  return { error: { type: thrown.name, code: Code, message: Message, status, request_id: RequestId } }
}

async function main () {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const driven = JSON.parse(line)
    const outcome = await drive(driven).catch(error => ({ exception: String(error.stack) }))
    process.stdout.write(JSON.stringify({ case: driven.case, ...outcome }) + '\n')
  }
}

main()
