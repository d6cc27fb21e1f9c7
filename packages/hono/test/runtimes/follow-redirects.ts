import { PipedriveOAuth } from '@pd/oauth-core'

/** Prints what a request to each of these paths comes to, as a list in JSON. Runs on every runtime. */
const [origin = '', ...paths] = (globalThis as { process?: { argv: string[] } }).process?.argv.slice(2) ?? []

const oauth = new PipedriveOAuth({
  clientId: 'a-client',
  clientSecret: 'client-secret',
  redirectUri: 'https://app.example.com/callback',
  secrets: ['only-for-tests-0123456789-0123456789'],
  endpoints: { api: origin },
})
const { fetch } = oauth.withAccessToken({ accessToken: 'at', apiDomain: origin })

const outcomes: unknown[] = []
for (const path of paths) {
  const [method = 'GET', address = path] = path.split(' ')
  const body = method === 'POST' ? 'secret' : null
  const response = await fetch(address, { method, body, headers: { 'x-api-token': 'mine' } })
  outcomes.push([path, response.status, await response.text()])
}
console.log(`outcomes ${JSON.stringify(outcomes)}`)
