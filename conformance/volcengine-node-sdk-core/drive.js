// Drives Volcengine's newest Node SDK, by commands of its core: one case a line in, one outcome a line out.
'use strict'

const readline = require('readline')
const { Client, Command, HttpRequestError } = require('@volcengine/sdk-core')

// Asked by GET, as their documents have it; all else is a POST of JSON.
const READS = ['GetSignatureIdentList', 'GetSignatureAndOrderList']

// The operations of the newest generation.
const NEWEST = ['GetSignatureIdentificationList', 'ListSignatureForAgent']

// A command as the vendor's generator writes them: the input, and where it goes.
class Call extends Command {
  constructor (action, input) {
    super(input)
    this.requestConfig = {
      params: { Action: action, Version: NEWEST.includes(action) ? '2026-01-01' : '2021-01-11' },
      method: READS.includes(action) ? 'GET' : 'POST',
      serviceName: 'volcSMS',
      pathname: '/',
      contentType: 'application/json'
    }
  }
}

async function drive (driven) {
  const client = new Client({
    accessKeyId: driven.access_key,
    secretAccessKey: driven.secret_key,
    sessionToken: driven.security_token,
    host: driven.endpoint,
    protocol: driven.scheme,
    region: 'cn-beijing'
  })
  try {
    const { ResponseMetadata, Result } = await client.send(new Call(driven.operation, driven.arguments))
    return { request_id: ResponseMetadata.RequestId, metadata: ResponseMetadata, result: Result }
  } catch (thrown) {
    return refused(thrown)
  } finally {
    client.destroy()
  }
}

// A refusal is an error of the SDK's own that holds the whole answer; anything else was thrown on the way.
function refused (thrown) {
  const about = thrown.data && thrown.data.ResponseMetadata
  if (!(thrown instanceof HttpRequestError) || !about) return { exception: String(thrown.stack) }
  const { Code, CodeN, Message } = about.Error
  const told = { type: thrown.name, status: thrown.status, code: Code, code_n: CodeN, message: Message }
  return { error: { ...told, request_id: about.RequestId } }
}

async function main () {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const driven = JSON.parse(line)
    const outcome = await drive(driven).catch(error => ({ exception: String(error.stack) }))
    process.stdout.write(JSON.stringify({ case: driven.case, ...outcome }) + '\n')
  }
}

main()
