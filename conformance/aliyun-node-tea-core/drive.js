// Drives Alibaba Cloud's newest Node SDK: one case a line in, one outcome a line out.
'use strict'

const readline = require('readline')
const { default: Client, AlibabaCloudError, $OpenApiUtil } = require('@alicloud/openapi-core')
const { RuntimeOptions } = require('@darabonba/typescript')

async function drive (driven) {
  const [version, action] = driven.operation.split('/')
  const client = new Client(new $OpenApiUtil.Config({
    accessKeyId: driven.access_key,
    accessKeySecret: driven.secret_key,
    securityToken: driven.security_token,
    endpoint: driven.endpoint,
    protocol: driven.scheme,
    signatureAlgorithm: driven.signature === 'RPC' ? 'v2' : undefined
  }))
  const params = new $OpenApiUtil.Params({
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
  const request = new $OpenApiUtil.OpenApiRequest({ [inBody ? 'body' : 'query']: driven.arguments })
  try {
    return { result: (await client.callApi(params, request, new RuntimeOptions({}))).body }
  } catch (thrown) {
    return refused(thrown)
  }
}

// An answer that the server refused becomes the SDK's own error; anything else was thrown on the way.
function refused (thrown) {
  if (!(thrown instanceof AlibabaCloudError)) {
    return { exception: String(thrown.stack) }
  }
  const { code, message, statusCode, requestId } = thrown
  return { error: { type: thrown.constructor.name, code, message, status: statusCode, request_id: requestId } }
}

async function main () {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const driven = JSON.parse(line)
    const outcome = await drive(driven).catch(error => ({ exception: String(error.stack) }))
    process.stdout.write(JSON.stringify({ case: driven.case, ...outcome }) + '\n')
  }
}

main()
