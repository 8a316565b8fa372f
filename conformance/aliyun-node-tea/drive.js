// Drives Alibaba Cloud's Node SDK of the current generation: one case a line in, one outcome a line out.
'use strict'

const readline = require('readline')
const { default: Client, Config, OpenApiRequest, Params } = require('@alicloud/openapi-client')
const { RuntimeOptions } = require('@alicloud/tea-util')

async function drive (driven) {
  const [version, action] = driven.operation.split('/')
  const client = new Client(new Config({
    accessKeyId: driven.access_key,
    accessKeySecret: driven.secret_key,
    securityToken: driven.security_token,
    endpoint: driven.endpoint,
    protocol: driven.scheme,
    signatureAlgorithm: driven.signature === 'RPC' ? 'v2' : undefined
  }))
  const params = new Params({
    action,
    version,
    protocol: 'HTTPS',
    pathname: '/',
    method: driven.method || 'POST',
    authType: 'AK',
    style: 'RPC',
    reqBodyType: driven.placement === 'json' ? 'json' : 'formData',
    bodyType: 'json'
  })
  const inBody = driven.placement === 'body' || driven.placement === 'json'
  const request = new OpenApiRequest({ [inBody ? 'body' : 'query']: driven.arguments })
  try {
    return { result: (await client.callApi(params, request, new RuntimeOptions({}))).body }
  } catch (thrown) {
    return refused(thrown)
  }
}

// An answer that the server refused becomes an Error with a code and the answer in `data`.
function refused (thrown) {
  if (!thrown.data || !thrown.code) {
    return { exception: String(thrown.stack) }
  }
  const { RequestId, statusCode } = thrown.data
  return {
    error: { type: thrown.constructor.name, code: thrown.code, message: thrown.message, status: statusCode, request_id: RequestId }
  }
}

async function main () {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const driven = JSON.parse(line)
    const outcome = await drive(driven).catch(error => ({ exception: String(error.stack) }))
    process.stdout.write(JSON.stringify({ case: driven.case, ...outcome }) + '\n')
  }
}

main()
