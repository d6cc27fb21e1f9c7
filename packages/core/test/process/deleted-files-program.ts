/**
 * A process whose files are deleted while it runs: `deleted-files-program.ts <folder> <when>`. `folder` holds a copy of the
 * sources. `when`: `early`, before the client has needed more than it begins with; `late`, after it has loaded the rest by
 * itself; `never`. Prints what its calls came to, as JSON.
 */
import { rmSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { createFakePipedrive } from '@pd/fake-pipedrive'
import * as original from '../../src/index.ts'
import { sealingSecret } from '../flow/scene.ts'

const [folder = '', when = ''] = process.argv.slice(2)
const addressOf = (file: string) => pathToFileURL(join(folder, file)).href

const loaded = new Set<string>()
registerHooks({
  load: (url, context, next) => {
    loaded.add(url)
    return next(url, context)
  },
})
const timeOuts: AbortController[] = []
let hasFired = false
const realTimeout = AbortSignal.timeout.bind(AbortSignal)
AbortSignal.timeout = (ms) => {
  const end = new AbortController()
  timeOuts.push(end)
  realTimeout(ms).addEventListener('abort', () => (hasFired = true))
  return end.signal
}

const { PipedriveOAuth, createOAuthHandler } = (await import(addressOf('index.ts'))) as typeof original
const fake = createFakePipedrive()
const lines: string[] = []
const logger = { error: (line: string) => lines.push(line), warn: (line: string) => lines.push(line) }
const { clientId, clientSecret, redirectUri } = fake.app
const options = {
  clientId,
  clientSecret,
  redirectUri,
  secrets: [sealingSecret],
  store: original.memoryStore(),
  fetch: fake.fetch,
  logger,
}
const oauth = new PipedriveOAuth(options)

if (when === 'never') {
  process.on('exit', () => console.log(JSON.stringify({ hasFired, isPlanned: timeOuts.length > 0 })))
} else {
  const { installation, account } = await connect('ada@acme.example')
  const { installation: another } = await connect('bo@acme.example')
  const { id } = installation
  const addresses = [
    'client/upkeep.ts',
    'client/health.ts',
    'client/tokens/keep-alive.ts',
    'client/connect/connections.ts',
    'client/connect/consent.ts',
    'client/connect/extension-tokens.ts',
    'web/web-answers.ts',
    'web/error-page.ts',
  ].map(addressOf)
  if (when === 'late' && timeOuts.length > 0) {
    for (const end of timeOuts) end.abort()
    while (!addresses.every((address) => loaded.has(address))) await setImmediate()
    await Promise.all(addresses.map((address) => import(address)))
  }
  const loadedParts = addresses.filter((address) => loaded.has(address)).length
  rmSync(folder, { recursive: true })

  const own = oauth.installation(id)
  const handle = createOAuthHandler(oauth)
  const page = new Request(new URL('install', redirectUri))
  const calls: Record<string, () => unknown> = {
    refresh: () => own.refresh(),
    accessToken: () => own.accessToken(),
    fetch: () => own.fetch('/api/v2/deals'),
    describe: () => own.describe(),
    readSession: async () => oauth.readSession(await oauth.issueSession(id, 60_000)),
    api: () => own.api('/api/v2/deals'),
    keepAlive: () => oauth.keepAlive(),
    health: () => oauth.health(),
    checkStore: () => oauth.checkStore(),
    checkClient: () => oauth.checkClient(),
    installations: () => oauth.installations().next(),
    reseal: () => oauth.reseal(),
    authorize: () => oauth.authorize(),
    reconnectLink: () => oauth.reconnectLink(id),
    handler: async () => codeOf(await handle(page)),
    answer: async () => codeOf(await handle.answer(new original.StoreError('store_unavailable', ''), page)),
    verifyExtensionToken: () =>
      oauth.verifyExtensionToken('').catch((error: original.PipedriveOAuthError) => {
        if (error.code !== 'bad_signature') throw error
      }),
    handleUninstall: async () =>
      oauth.handleUninstall(fake.uninstallNotice({ ...account, id: account.userId })),
    uninstall: () => oauth.installation(another.id).uninstall(),
  }
  const outcomes: Record<string, string> = {}
  for (const [name, call] of Object.entries(calls)) outcomes[name] = await outcomeOf(call)
  console.log(JSON.stringify({ loadedParts, outcomes, lines }))
}

/** A user connects through a client of the original files. */
async function connect(user: string): Promise<original.CallbackResult> {
  const first = new original.PipedriveOAuth(options)
  const { url, attempt } = await first.authorize()
  return first.callback(await fake.approve(url, { user }), attempt)
}

async function outcomeOf(call: () => unknown): Promise<string> {
  try {
    const result = await call()
    return typeof result === 'string' && result.startsWith('code:') ? result.slice(5) : 'ok'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}

async function codeOf(answer: Response | undefined): Promise<string | undefined> {
  if (answer === undefined || answer.status < 400) return undefined
  const { code } = (await answer.json()) as { readonly code: string }
  return `code:${code}`
}
