/** Builds, starts and uses an application for each recipe of a framework, whose code is the one in `docs/recipes`. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createFakePipedrive } from '@pd/fake-pipedrive'
import { freePort } from '@pd/test-support/free-port'
import { drive, expectedJourney, redirectUri } from '@pd/test-support/journey'
import { untilPrinted } from '@pd/test-support/until-printed'
import { expect, onTestFinished, test } from 'vitest'
import { checkTypes, environment, programOf, run } from './programs.ts'
import { prepare, recipeFiles } from './recipe.ts'

/** How a framework builds and starts an application. */
interface Framework {
  /** Where the recipe expects the client. */
  readonly client: string
  readonly build: readonly [program: string, ...args: string[]]
  readonly start: string
  /** The settings of the compiler. */
  readonly types: string
}

const frameworks: Readonly<Record<string, Framework>> = {
  sveltekit: {
    client: 'src/lib/server/oauth.ts',
    build: [programOf('vite', 'bin/vite.js'), 'build'],
    start: 'build/index.js',
    types: 'tsconfig.json',
  },
  'react-router': {
    client: 'app/oauth.server.ts',
    build: [programOf('@react-router/dev', 'bin.cjs'), 'build'],
    start: 'serve.js',
    types: 'tsconfig.json',
  },
  nuxt: {
    client: 'server/oauth.ts',
    build: [programOf('nuxt', 'bin/nuxt.mjs'), 'build'],
    start: '.output/server/index.mjs',
    types: '.nuxt/tsconfig.server.json',
  },
}

test.each(Object.keys(frameworks))('the recipe for %s has at most fifteen lines', (name) => {
  const [recipe] = recipeFiles(name)
  const lines = recipe?.code.split('\n').filter((line) => line.trim() !== '') ?? []
  expect(lines.length).toBeGreaterThan(5)
  expect(lines.length).toBeLessThanOrEqual(15)
})

test.each(Object.entries(frameworks))(
  'the recipe for %s builds without settings, has right types, starts, and connects a user, refreshes once for all, and sees an uninstall',
  async (name, { client, build, start, types }) => {
    const folder = prepare(name, client)
    await run(build, folder)
    await checkTypes(folder, types)

    const fake = createFakePipedrive({ redirectUri, rotateRefreshTokens: true })
    onTestFinished(() => fake.close())
    const { origin } = await fake.listen()
    const port = await freePort()
    const server = spawn(process.execPath, [start], {
      cwd: folder,
      env: {
        ...environment,
        PORT: String(port),
        HOST: '127.0.0.1',
        PIPEDRIVE_CLIENT_ID: fake.app.clientId,
        PIPEDRIVE_CLIENT_SECRET: fake.app.clientSecret,
        PIPEDRIVE_REDIRECT_URI: redirectUri,
        PIPEDRIVE_ORIGIN: origin,
        PD_OAUTH_SECRETS: 'only-for-tests-0123456789-0123456789',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(async () => {
      const ended = once(server, 'exit')
      if (server.kill('SIGKILL')) await ended
    })
    await untilPrinted(server.stdout, /Listening on/)

    const journey = await drive(fake, [`http://127.0.0.1:${port}`])
    expect(journey).toEqual(expectedJourney(journey.deals))
    expect(journey.deals).toBeGreaterThan(0)
  },
  300_000,
)
