import { describe, expect, test } from 'vitest'
import {
  InvalidArgumentError,
  installationFor,
  type Installation,
  type PipedriveOAuth,
} from '../../src/index.ts'
import { ada, collected, createScene } from '../flow/scene.ts'

const noObject = [null, 7, 'text', true, () => {}]
const noText = [null, 7, {}, [], true]
const noFlag = [null, 'yes', 'true', 0, 1, {}]
const noFunction = [null, 'text', 7, {}]
const noSignal = [null, 'text', 7, {}, new AbortController()]
const noDuration = [null, 0, -1, Number.NaN, Number.POSITIVE_INFINITY, '5', '5s', {}, []]
const noCount = [null, 0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '1', {}, 2 ** 53]
const noConcurrency = [...noCount, 1_001, Number.MAX_SAFE_INTEGER]
const noWait = [null, -1, Number.NaN, '5', '5s', {}]
const noTexts = ['deals:full', null, 7, {}, [7], [''], [null], new Set(['base'])]
const noReference = ['', 'x'.repeat(201), ...noText]

/** What the calls need. */
interface Given {
  readonly oauth: PipedriveOAuth
  readonly installation: Installation
}

/** A call, and wrong values of each of its options. */
interface Call {
  readonly make: (given: Given, options: never) => unknown
  readonly wrong: { readonly [option: string]: readonly unknown[] }
}

const url = 'https://app.example.com/callback?code=a'
const request = new Request('https://app.example.com/')

const calls: { readonly [name: string]: Call } = {
  'authorize()': {
    make: ({ oauth }, options) => oauth.authorize(options),
    wrong: {
      reference: noReference,
      expect: [...noText, '1', '1:0', { companyId: 1, userId: null }, { companyId: '1' }, { userId: 1 }],
    },
  },
  'callback()': {
    make: ({ oauth }, options) => oauth.callback(url, undefined, options),
    wrong: { acceptMissingState: noFlag },
  },
  'answerCallback()': {
    make: ({ oauth }, options) => oauth.answerCallback(url, undefined, options),
    wrong: { acceptMissingState: noFlag },
  },
  'adopt()': {
    make: ({ oauth }, options) => oauth.adopt({ refreshToken: 'rt' }, options),
    wrong: {
      obtainedAt: [null, Number.NaN, 5, '2026-01-05', new Date()],
      account: [...noText, { companyId: 1 }, { companyId: '1', userId: '2' }, { companyId: 0, userId: 1 }],
      reference: noReference,
      replace: noFlag,
      verify: noFlag,
    },
  },
  'verifyExtensionToken()': {
    make: ({ oauth }, options) => oauth.verifyExtensionToken('jwt', options),
    wrong: { secrets: [...noTexts, []] },
  },
  'keepAlive()': {
    make: ({ oauth }, options) => oauth.keepAlive(options),
    wrong: {
      withinMs: noWait,
      concurrency: noConcurrency,
      perSecond: noDuration,
      signal: noSignal,
      dryRun: noFlag,
      onResult: noFunction,
    },
  },
  'installations()': {
    make: ({ oauth }, options) => collected(oauth.installations(options)),
    wrong: { companyId: noCount, needsAttention: noFlag },
  },
  'reseal()': {
    make: ({ oauth }, options) => oauth.reseal(options),
    wrong: {
      concurrency: noConcurrency,
      limit: noCount,
      cursor: ['', ...noText],
      signal: noSignal,
      onResult: noFunction,
    },
  },
  'checkStore()': { make: ({ oauth }, options) => oauth.checkStore(options), wrong: { write: noFlag } },
  'health()': {
    make: ({ oauth }, options) => oauth.health(options),
    wrong: { timeoutMs: noDuration, maxAttention: [null, -0.1, 1.1, Number.NaN, '1'] },
  },
  'installation()': {
    make: ({ oauth }, options) => oauth.installation(ada, options),
    wrong: { waitUntil: noFunction },
  },
  'reconnectLink()': {
    make: ({ oauth }, options) => oauth.reconnectLink(ada, options),
    wrong: { lifetimeMs: noDuration },
  },
  'installationFor()': {
    make: ({ oauth }, options) => installationFor(oauth, request, options),
    wrong: {
      identify: noFunction,
      extensionSecrets: [...noTexts, []],
      scopes: noTexts,
      waitUntil: noFunction,
    },
  },
  'accessToken()': {
    make: ({ installation }, options) => installation.accessToken(options),
    wrong: { waitMs: noWait, signal: noSignal },
  },
  'refresh()': {
    make: ({ installation }, options) => installation.refresh(options),
    wrong: { waitMs: noWait, signal: noSignal },
  },
  'pages()': {
    make: ({ installation }, options) => collected(installation.pages('/api/v2/deals', options)),
    wrong: { limit: noCount, query: [null, 'a=b', 7], headers: [null, 'a: b', 7], signal: noSignal },
  },
}

/** Calls with one argument that is wrong, and its name. */
const single: {
  readonly [name: string]: readonly [make: (given: Given, value: never) => unknown, ...unknown[]]
} = {
  'requireScopes() scopes': [
    ({ installation }, value) => installation.requireScopes(value),
    ...noTexts,
    undefined,
  ],
  'hasConnected() attempts': [
    ({ oauth }, value) => oauth.hasConnected(value, 1),
    null,
    'text',
    {},
    undefined,
  ],
  'hasConnected() withinMs': [({ oauth }, value) => oauth.hasConnected([], value), ...noDuration],
  'issueSession() lifetimeMs': [({ oauth }, value) => oauth.issueSession(ada, value), ...noDuration],
  'subscribe() listener': [({ oauth }, value) => oauth.subscribe(value), ...noFunction, undefined],
  'handleUninstall() request': [
    ({ oauth }, value) => oauth.handleUninstall(value),
    ...noObject,
    undefined,
    { headers: {} },
  ],
  'handleSharing() request': [
    ({ oauth }, value) => oauth.handleSharing(value),
    ...noObject,
    undefined,
    { headers: {} },
  ],
  'withAccessToken() accessToken': [
    ({ oauth }, value) => oauth.withAccessToken(value),
    ...noObject,
    undefined,
    {},
  ],
  'sdk() version': [({ installation }, value) => installation.sdk(value), null, undefined, 'v3', 2, {}],
  'sdk() class': [
    ({ installation }, value) => installation.sdk('v2', value),
    null,
    'DealsApi',
    7,
    {},
    () => {},
  ],
}

async function createArgumentScene() {
  const scene = createScene()
  const oauth = scene.client()
  await scene.connect(oauth)
  const stored = await scene.store.get(ada)
  scene.fake.clearCalls()
  scene.heard.length = 0
  /** Returns the error of a call, which may be thrown or come in its promise. */
  const errorOf = async (make: Call['make'], options: unknown) => {
    try {
      await make({ oauth, installation: oauth.installation(ada) }, options as never)
    } catch (error) {
      return error as InvalidArgumentError
    }
    throw new Error('It was taken')
  }
  const nothingHappened = async () => {
    expect(scene.fake.calls).toEqual([])
    expect(scene.heard).toEqual([])
    expect(await scene.store.get(ada)).toEqual(stored)
  }
  return { ...scene, errorOf, nothingHappened }
}

describe.each(Object.entries(calls))('%s', (name, { make, wrong }) => {
  const told = name

  test('refuses options that it does not know, and does nothing', async () => {
    const { errorOf, nothingHappened } = await createArgumentScene()
    const misspelt = Object.keys(wrong).map((option) => `${option.slice(0, -1)}X`)
    for (const option of ['unknown', ...misspelt]) {
      const error = await errorOf(make, { [option]: true })
      expect(error).toBeInstanceOf(InvalidArgumentError)
      expect(error.message).toContain(told)
      expect(error.problems).toEqual([`${option} is not a known option`])
    }
    await nothingHappened()
  })

  test('refuses options that are no object, and does nothing', async () => {
    const { errorOf, nothingHappened } = await createArgumentScene()
    for (const options of noObject) {
      const error = await errorOf(make, options)
      expect(error).toBeInstanceOf(InvalidArgumentError)
      expect(error.problems).toEqual(['the options must be an object'])
    }
    await nothingHappened()
  })

  test.each(Object.entries(wrong))(
    'refuses each %s that it cannot use, and does nothing',
    async (option, values) => {
      const { errorOf, nothingHappened } = await createArgumentScene()
      for (const value of values) {
        const error = await errorOf(make, { [option]: value })
        expect(error, `${option}: ${String(value)}`).toBeInstanceOf(InvalidArgumentError)
        expect(error.message).toContain(told)
        expect(error.problems).toEqual([expect.stringMatching(`^${option} must be `)])
      }
      await nothingHappened()
    },
  )
})

test.each(Object.entries(single))(
  '%s that cannot be used is refused, and nothing is done',
  async (name, [make, ...values]) => {
    const { errorOf, nothingHappened } = await createArgumentScene()
    for (const value of values) {
      const error = await errorOf(make, value)
      expect(error, String(value)).toBeInstanceOf(InvalidArgumentError)
      expect(error.message).toContain(name.split(' ')[0])
    }
    await nothingHappened()
  },
)
