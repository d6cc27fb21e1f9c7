import * as fc from 'fast-check'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import {
  ConfigurationError,
  PipedriveOAuth,
  memoryStore,
  type PipedriveOAuthOptions,
} from '../../src/index.ts'
import { currentUser, refreshTokens } from '../../src/protocol.ts'
import { actionFor } from '../../src/client/runtime/action-for.ts'
import { settingsOf } from './settings.ts'
import { ada, createScene, hour, rejection, sealingSecret } from '../flow/scene.ts'

/** What files, forms and copying put around a value. */
const around = fc.string({
  unit: fc.constantFrom(' ', '\t', '\n', '\r\n', '\u00a0', '\ufeff', '\u2028', '\u3000'),
  minLength: 1,
  maxLength: 3,
})
/** What no value can have in it, because nobody would see it. */
const hidden = fc.constantFrom(
  '\n',
  '\r\n',
  '\0',
  '\u001b',
  '\u007f',
  '\u200b',
  '\u200e',
  '\u2028',
  '\ufeff',
  '\ud800',
)

const clean = {
  clientId: 'fake-client-id',
  clientSecret: '8f3b1c7e5a9d4260b1e7c3f2',
  redirectUri: 'https://app.example.com/pipedrive/callback',
  secrets: sealingSecret,
}
type Name = keyof typeof clean
const names = fc.constantFrom(...(Object.keys(clean) as Name[]))

function optionsWith(name: Name, value: string): Partial<PipedriveOAuthOptions> {
  return { [name]: name === 'secrets' ? [value] : value }
}

describe('F51 white space around an option means nothing', () => {
  test('F51 whichever option it is: users connect, refresh, and read what a clean process wrote', async () => {
    await fc.assert(
      fc.asyncProperty(names, around, around, async (name, before, after) => {
        const { client, clock, connect, fake } = createScene()
        const own = name === 'secrets' ? sealingSecret : String(fake.app[name])
        const oauth = client(optionsWith(name, `${before}${own}${after}`))
        await connect(oauth)
        await clock.advance(2 * hour)
        const token = await oauth.installation(ada).accessToken()
        expect(fake.serverAccepts(token)).toBe(true)
        expect(await client().installation(ada).accessToken()).toBe(token)
        expect((await client().handleUninstall(fake.uninstallNotice())).removed).toBe(true)
      }),
      { numRuns: 40 },
    )
  })

  test('F51 also in arrays, and in what a key service gives', async () => {
    const { client, connect, fake } = createScene()
    const { clientSecret } = fake.app
    await connect(
      client({ clientSecret: [`${clientSecret}\n`], secrets: async () => [`${sealingSecret}\r\n`] }),
    )
    expect(fake.serverAccepts(await client().installation(ada).accessToken())).toBe(true)
  })

  test('F51 also around the endpoints, and a slash or a port of the scheme makes no other server of them', () => {
    const spelled = fc.constantFrom(
      'https://oauth.pipedrive.com',
      'https://oauth.pipedrive.com/',
      'https://oauth.pipedrive.com:443',
      'HTTPS://OAuth.Pipedrive.com/',
    )
    fc.assert(
      fc.property(spelled, around, around, (origin, before, after) => {
        const given = `${before}${origin}${after}`
        const { oauthOrigin, apiOrigin } = settingsOf({ endpoints: { oauth: given, api: given } })
        expect([oauthOrigin, apiOrigin]).toEqual([
          'https://oauth.pipedrive.com',
          'https://oauth.pipedrive.com',
        ])
        const code = 'token_endpoint_unavailable'
        expect(actionFor(code, oauthOrigin)).toBe(actionFor(code))
      }),
    )
  })

  test('F51 a secret is as long as it is without the white space around it', () => {
    const { client } = createScene()
    expect(() => client({ secrets: ['short-secret-0123'.padEnd(40, '\n')] })).toThrow(ConfigurationError)
  })
})

test('F51 what is hidden in an option is refused by its name, and the error does not repeat the value', () => {
  fc.assert(
    fc.property(names, hidden, fc.double({ min: 0.2, max: 0.8, noNaN: true }), (name, odd, place) => {
      const value = clean[name]
      const at = Math.floor(value.length * place)
      const broken = value.slice(0, at) + odd + value.slice(at)
      const error = thrownBy(
        () => new PipedriveOAuth({ ...clean, secrets: [clean.secrets], ...optionsWith(name, broken) }),
      )
      expect(error).toBeInstanceOf(ConfigurationError)
      expect((error as ConfigurationError).problems).toEqual([expect.stringContaining(name)])
      expect(inspect(error)).not.toContain(broken)
      if (name !== 'redirectUri') expect(inspect(error)).not.toContain(value.slice(at))
    }),
    { numRuns: 200 },
  )
})

describe('F51 tokens from elsewhere', () => {
  test('F51 are taken without the white space around them, at every door', async () => {
    await fc.assert(
      fc.asyncProperty(around, async (space) => {
        const { client, connect, fake } = createScene()
        await connect(client({ store: memoryStore() }))
        const { refreshToken, accessTokens } = fake.installations()[0]!
        const accessToken = `${space}${accessTokens[0]}${space}`
        const given = client().withAccessToken({ accessToken })
        expect([
          await given.accessToken(),
          (await given.fetch('https://api.pipedrive.com/api/v2/deals')).status,
        ]).toEqual([accessTokens[0], 200])
        const account = { companyId: 1001, userId: 11 }
        const tokens = { access_token: accessToken, refresh_token: `${space}${refreshToken}${space}` }
        await client().adopt(tokens, { account, replace: true })
        await client().installation(ada).refresh()
        await client({ store: memoryStore() }).adopt({ refreshToken: `${space}${refreshToken}` })
        await refreshTokens(
          { clientId: `${space}${fake.app.clientId}`, clientSecret: `${fake.app.clientSecret}${space}` },
          { refreshToken: `${refreshToken}${space}` },
          { fetch: fake.fetch },
        )
        await client({ store: memoryStore() }).exchangeApiToken(`${space}${fake.users[0]!.apiToken}${space}`)
        expect(fake.tokenRequests({ status: 400 })).toEqual([])
      }),
      { numRuns: 15 },
    )
  })

  test('F51 are given back without it, where they are given back at all', async () => {
    await fc.assert(
      fc.asyncProperty(around, around, fc.constantFrom('', ' ', undefined), async (before, after, sent) => {
        const answer = { access_token: `${before}at${after}`, token_type: 'Bearer', refresh_token: sent }
        const refreshed = await refreshTokens(
          clean,
          { refreshToken: `${before}rt${after}` },
          { fetch: async () => Response.json(answer) },
        )
        expect([refreshed.accessToken, refreshed.refreshToken]).toEqual(['at', 'rt'])
      }),
      { numRuns: 30 },
    )
  })

  test('F54 that are not visible ASCII are refused before anything is sent, and no text shows them', async () => {
    const odd = fc.constantFrom('\n', '\0', '\u001b', '\u00e9', '\u200b', ' ', '\ud800')
    await fc.assert(
      fc.asyncProperty(odd, async (character) => {
        const { client, fake } = createScene()
        const token = `hunter2${character}hunter2`
        const account = { companyId: 1001, userId: 11 }
        const errors = await Promise.all(
          [
            client().adopt({ refreshToken: token }),
            client().adopt({ access_token: token, refresh_token: 'rt' }, { account }),
            client().adopt({ access_token: 'at', refresh_token: token }, { account }),
            client().exchangeApiToken(token),
            Promise.resolve().then(() => client().withAccessToken({ accessToken: token })),
            currentUser({ accessToken: token }, { fetch: fake.fetch }),
          ].map(rejection),
        )
        for (const error of errors)
          expect(error).toMatchObject({
            code: expect.stringMatching(/^(malformed_response|invalid_argument)$/),
          })
        expect(inspect(errors, { depth: 9, showHidden: true })).not.toContain('hunter2')
        expect(fake.calls).toEqual([])
      }),
    )
  })
})

function thrownBy(work: () => unknown): unknown {
  try {
    work()
    return undefined
  } catch (error) {
    return error
  }
}
