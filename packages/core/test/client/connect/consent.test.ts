import { describe, expect, test } from 'vitest'
import { ada, createScene, minute, rejection, second } from '../../flow/scene.ts'

/** An attempt that waits for the consent page, and the callback of somebody who allows. */
async function begun(scene: ReturnType<typeof createScene>, oauth = scene.client()) {
  const { url, attempt, state } = await oauth.authorize({ returnTo: '/deals', reference: 'tenant-7' })
  return { oauth, attempt, state, callback: await scene.fake.approve(url) }
}

/** The sealed attempt after its user has connected. */
async function completed(scene: ReturnType<typeof createScene>): Promise<string> {
  const { oauth, attempt, callback } = await begun(scene)
  const answer = await oauth.answerCallback(callback, attempt)
  if (answer.attempt === undefined) throw new Error('No attempt is left')
  return answer.attempt
}

describe('hasConnected()', () => {
  test('is true if one of the attempts has connected within the time', async () => {
    const scene = createScene()
    const oauth = scene.client()
    const attempts = ['rubbish', (await begun(scene, oauth)).attempt, await completed(scene)]
    await scene.clock.advance(minute - 1)
    expect(await oauth.hasConnected(attempts, minute)).toBe(true)
    await scene.clock.advance(1)
    expect(await oauth.hasConnected(attempts, minute)).toBe(false)
  })

  test('is false while a user is at the consent page, and of what nobody can open', async () => {
    const scene = createScene()
    const { oauth, attempt } = await begun(scene)
    expect(await oauth.hasConnected([attempt, 'rubbish'], minute)).toBe(false)
    expect(await oauth.hasConnected([], minute)).toBe(false)
  })
})

describe('a failed callback', () => {
  test('gives back the attempt that it belongs to, for another try', async () => {
    const scene = createScene()
    const { oauth, attempt, callback } = await begun(scene)
    scene.fake.faults.add({ endpoint: 'token', times: 2, fault: { type: 'status', status: 503 } })
    const answering = oauth.answerCallback(callback, attempt)
    await scene.clock.advance(minute)
    const failed = await answering
    expect(failed).toMatchObject({ type: 'failed', attempt: expect.any(String) })
    expect(await oauth.answerCallback(callback, failed.attempt)).toMatchObject({ type: 'connected' })
  })

  test('gives back no attempt if it belongs to another one', async () => {
    const scene = createScene()
    const { oauth, attempt } = await begun(scene)
    const other = await begun(scene, oauth)
    const failed = await oauth.answerCallback(other.callback, attempt)
    expect(failed).toMatchObject({ type: 'failed', error: { code: 'state_mismatch' } })
    expect(failed.attempt).toBeUndefined()
  })

  test('that is asked for twice at once is told once, with its tenant and how long it took', async () => {
    const scene = createScene()
    const { oauth, attempt, callback } = await begun(scene)
    const url = new URL(callback)
    url.searchParams.set('code', 'wrong')
    await scene.clock.advance(5 * second)
    const gate = scene.fake.faults.hold({ endpoint: 'token' })
    const answering = Promise.all([1, 2].map(() => oauth.answerCallback(url, attempt)))
    await gate.reached
    await scene.clock.advance(0)
    gate.release()
    const answers = await answering
    expect(answers.map(({ type }) => type)).toEqual(['failed', 'failed'])
    expect(scene.fake.tokenRequests()).toHaveLength(1)
    const told = scene.heard.filter(({ type }) => type === 'consent_failed')
    expect(told).toEqual([
      expect.objectContaining({ code: 'code_refused', reference: 'tenant-7', durationMs: 5 * second }),
    ])
  })

  test.each([
    ['a code of the standard', 'temporarily_unavailable', 'temporarily_unavailable'],
    ['dots and dashes', 'over-quota.daily', 'over-quota.daily'],
    ['65 characters', 'x'.repeat(65), 'of an unknown form'],
    ['a blank before it', ' denied', 'of an unknown form'],
    ['markup behind it', 'denied<script>', 'of an unknown form'],
  ])('names an error that has %s by it, or not at all', async (_what, error, named) => {
    const scene = createScene()
    const { oauth, attempt, state } = await begun(scene)
    const url = new URL(oauth.redirectUri)
    url.searchParams.set('state', state)
    url.searchParams.set('error', error)
    const { cause } = (await rejection(oauth.callback(url, attempt))) as Error
    expect(cause).toMatchObject({ message: `The callback carried the error ${named}` })
  })

  test('has the cause where Pipedrive does not say whose the tokens are', async () => {
    const scene = createScene()
    const { oauth, attempt, callback } = await begun(scene)
    scene.fake.faults.add({ endpoint: 'api', times: Infinity, fault: { type: 'status', status: 503 } })
    const answering = rejection(oauth.callback(callback, attempt))
    await scene.clock.advance(minute)
    expect(await answering).toMatchObject({
      code: 'identity_unavailable',
      cause: { message: expect.stringContaining('503') },
    })
  })

  test('says whether its attempt is no attempt, or was sealed with other secrets', async () => {
    const scene = createScene()
    const { attempt, callback } = await begun(scene)
    const other = scene.client({ secrets: ['another-secret-that-is-long-enough-01'] })
    const [unknown, rubbish, missing] = await Promise.all(
      [attempt, 'rubbish', undefined].map((sealed) => rejection(other.callback(callback, sealed))),
    )
    const ofSecrets = { message: expect.stringContaining('not in `secrets`') }
    expect(unknown).toMatchObject({ code: 'state_mismatch', cause: ofSecrets })
    for (const error of [rubbish, missing]) {
      expect(error).toMatchObject({ code: 'state_mismatch' })
      expect(error).not.toMatchObject({ cause: ofSecrets })
    }
  })

  test('is the bug itself where this library meets one', async () => {
    const scene = createScene()
    const { attempt, callback } = await begun(scene)
    const bug = new TypeError('a bug')
    const now = () => {
      throw bug
    }
    let isBroken = false
    const oauth = scene.client({
      clock: { now: () => (isBroken ? now() : scene.clock.now()), sleep: scene.clock.sleep },
    })
    isBroken = true
    expect(await rejection(oauth.answerCallback(callback, attempt))).toBe(bug)
    expect(scene.heard.filter(({ type }) => type === 'consent_failed')).toEqual([])
  })
})

test('a consent that begins again stays that of the same tenant and account', async () => {
  const scene = createScene()
  const oauth = scene.client()
  const first = await oauth.authorize({ returnTo: '/deals', reference: 'tenant-7', expect: ada })
  // A denial leaves the attempt over; what comes after it begins anew.
  await oauth.answerCallback(scene.fake.deny(first.url), first.attempt)
  const again = await oauth.answerCallback(await scene.fake.approve(first.url), first.attempt)
  if (again.type !== 'begun_again') throw new Error(`It is ${again.type}`)
  expect(again.error.code).toBe('access_denied')
  const other = await scene.fake.approve(again.request.url, { user: '1001:12' })
  expect(await oauth.answerCallback(other, again.request.attempt)).toMatchObject({
    type: 'failed',
    error: { code: 'unexpected_account' },
  })
  const started = scene.heard.filter(({ type }) => type === 'consent_started')
  expect(started).toMatchObject([{ reference: 'tenant-7' }, { reference: 'tenant-7' }])
})

test.each([
  ['an id', ada, '1001:12', 'failed'],
  ['company and user', { companyId: 1001, userId: 11 }, '1001:12', 'failed'],
  ['company and user', { companyId: 1001, userId: 11 }, '1001:11', 'connected'],
  ['a company', { companyId: 1001 }, '1001:12', 'connected'],
  ['a company', { companyId: 1001, userId: undefined }, '1001:12', 'connected'],
  ['a company', { companyId: 1001 }, '1002:13', 'failed'],
] as const)('where %s is expected, as %j, the consent of %s has %s', async (_, expected, user, type) => {
  const scene = createScene()
  const oauth = scene.client()
  const { url, attempt } = await oauth.authorize({ expect: expected })
  const answer = await oauth.answerCallback(await scene.fake.approve(url, { user }), attempt)
  expect(answer.type).toBe(type)
  if (answer.type === 'failed') expect(answer.error.code).toBe('unexpected_account')
})
