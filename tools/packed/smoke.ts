/** Runs where only the packed packages are installed: imports all of them, refreshes a token, starts the command. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createFakePipedrive, manualClock } from '@pd/fake-pipedrive'
import { memoryStore, PipedriveOAuth } from '@pd/oauth-core'
import 'reflect-metadata'

const entries: string[] = JSON.parse(readFileSync('entries.json', 'utf8'))
for (const entry of entries) {
  const names = Object.keys(await import(entry))
  if (names.length === 0) throw new Error(`${entry} exports nothing`)
}

const clock = manualClock()
const fake = createFakePipedrive({ clock })
const oauth = new PipedriveOAuth({
  clientId: fake.app.clientId,
  clientSecret: fake.app.clientSecret,
  redirectUri: fake.app.redirectUri,
  secrets: ['a-secret-for-the-smoke-test-0123456789'],
  fetch: fake.fetch,
  store: memoryStore(),
  clock,
})
const { url, attempt } = await oauth.authorize()
const { installation } = await oauth.callback(await fake.approve(url), attempt)
const before = await installation.accessToken()
await clock.advance(2 * 3_600_000)
const after = await installation.accessToken()
if (before === after) throw new Error('The token was not refreshed')

const help = execFileSync(process.execPath, ['node_modules/@pd/oauth-cli/dist/main.js', '--help'], {
  encoding: 'utf8',
})
if (!help.includes('doctor')) throw new Error(`pd-oauth --help says:\n${help}`)

console.log(
  `Node ${process.versions.node}: ${entries.length} entries imported, a token refreshed, pd-oauth started`,
)
