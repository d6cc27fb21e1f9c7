/** Runs the example of docs/coming-from/own-sign-in.md, as printed. */
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { memoryStore, PipedriveOAuth, type InstallationId } from '@pd/oauth-core'
import { pipedriveAuth } from '@pd/oauth-node/express'
import express, { type Express } from 'express'
import { expect, onTestFinished, test } from 'vitest'
import { locationOf, setStage } from './stage.ts'

const page = readFileSync(new URL('../../../docs/coming-from/own-sign-in.md', import.meta.url), 'utf8')
const folder = fileURLToPath(new URL('../artifacts/own-sign-in/', import.meta.url))

interface OwnApp {
  readonly oauth: PipedriveOAuth
  readonly userOf: (req: { readonly headers: { readonly cookie?: string | undefined } }) => string | undefined
  readonly links: Map<string, InstallationId>
}

interface Printed extends ReturnType<typeof pipedriveAuth> {
  readonly linkImported: () => Promise<void>
}

/** Loads the printed module; what it declares is given. */
async function printed(own: OwnApp): Promise<Printed> {
  const [, code = ''] = /^```ts\n([^]*?)^```$/m.exec(page) ?? []
  Object.assign(globalThis, { ownApp: own })
  mkdirSync(folder, { recursive: true })
  const program = `const { oauth, userOf, links } = globalThis.ownApp\n${code.replaceAll(/^declare (const|function) /gm, 'declare $1 declared_')}`
  writeFileSync(`${folder}printed.ts`, program)
  return (await import(pathToFileURL(`${folder}printed.ts`).href)) as Printed
}

async function serve(port: number, app: Express): Promise<void> {
  const server = createServer(app).listen(port)
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
}

test('imported users are found by their own sign-in, later ones are added, and others see the own sign-in', async () => {
  const stage = await setStage()
  const { clientId, clientSecret } = stage.fake.app
  const oauth = new PipedriveOAuth({
    clientId,
    clientSecret,
    redirectUri: stage.redirectUri,
    secrets: [stage.environment.PD_OAUTH_SECRETS],
    endpoints: { oauth: stage.origin, api: stage.origin },
    store: memoryStore(),
    logger: false,
  })
  const links = new Map<string, InstallationId>()
  const userOf: OwnApp['userOf'] = ({ headers }) => /(?:^|; )user=(\w+)/.exec(headers.cookie ?? '')?.[1]
  const { linkImported, onError, requireInstallation, routes } = await printed({ oauth, userOf, links })
  const { access_token, refresh_token } = stage.fake.install('1001:11')
  await oauth.adopt({ access_token, refresh_token }, { reference: 'alice' })
  await linkImported()
  expect([...links]).toEqual([['alice', '1001:11']])

  const app = express()
  app.get('/as/:user', (req, res) => res.cookie('user', req.params.user).send())
  app.use(routes)
  app.get(
    '/deals',
    (req, res, next) => (userOf(req) === undefined ? res.status(401).send('Sign in first') : next()),
    requireInstallation(),
    (req, res) => res.send(req.installation.id),
  )
  app.use(onError)
  await serve(Number(new URL(stage.redirectUri).port), app)

  const nobody = await stage.browser().page('/deals')
  expect([nobody.status, await nobody.text()]).toEqual([401, 'Sign in first'])
  const alice = stage.browser()
  await alice.page('/as/alice')
  expect(await (await alice.page('/deals')).text()).toBe('1001:11')
  const bob = stage.browser()
  await bob.page('/as/bob')
  const consent = await bob.page(locationOf(await bob.page('/deals')))
  const back = await stage.fake.approve(locationOf(consent), { user: '1002:13' })
  expect(await (await bob.page(locationOf(await bob.page(back)))).text()).toBe('1002:13')
  expect(links.get('bob')).toBe('1002:13')
})

test.each([
  ['/callback', 'before the routes', true],
  ['/pipedrive/callback', 'after the routes', false],
])('an application with the callback at %s keeps its own POST /logout %s', async (callback, _, isFirst) => {
  const stage = await setStage()
  const { port } = new URL(stage.redirectUri)
  const { clientId, clientSecret } = stage.fake.app
  const { routes } = pipedriveAuth(
    new PipedriveOAuth({
      clientId,
      clientSecret,
      redirectUri: `http://localhost:${port}${callback}`,
      secrets: [stage.environment.PD_OAUTH_SECRETS],
      logger: false,
    }),
  )
  const app = express()
  if (!isFirst) app.use(routes)
  app.post('/logout', (_req, res) => {
    res.send('Signed out')
  })
  app.use(routes)
  await serve(Number(port), app)
  const answer = await stage.browser().send('/logout', { method: 'POST' })
  expect([answer.status, await answer.text()]).toEqual([200, 'Signed out'])
})
