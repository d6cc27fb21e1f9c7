import { describe, expect, test } from 'vitest'
import { ada, createScene, day, failure, hour, minute, rejection, second, skewed } from './scene.ts'

const account = { companyId: 1001, userId: 11 }

describe.each([
  ['four hours', 4 * hour],
  ['a year', 365 * day],
])('a process whose clock is %s ahead', (_, aheadMs) => {
  async function createAheadScene() {
    const scene = createScene()
    const ahead = scene.client({ clock: skewed(scene.clock, aheadMs) })
    await scene.connect(ahead)
    await scene.clock.advance(minute)
    return { ...scene, ahead, oauth: scene.client() }
  }
  const response = { access_token: 'v1u:newer', refresh_token: 'newer', expires_in: 3_599 }

  test('F38 that took a consent does not keep others from asking for one that grants more scopes', async () => {
    const { ahead, oauth } = await createAheadScene()
    const missing = (client: typeof oauth) =>
      rejection(client.installation(ada).requireScopes(['webhooks:full']))
    expect(await missing(oauth)).toMatchObject({ code: 'scopes_missing', consentMayHelp: true })
    expect(await missing(ahead)).toMatchObject({ code: 'scopes_missing', consentMayHelp: false })
  })

  test('F38 that stored tokens does not keep newer ones from being adopted', async () => {
    const { clock, oauth } = await createAheadScene()
    const adopt = () => oauth.adopt(response, { account, obtainedAt: clock.now() - 30 * second })
    expect(await adopt()).toMatchObject({ outcome: 'replaced' })
    expect(await adopt()).toMatchObject({ outcome: 'kept' })
  })

  test('F38 F58 that stored tokens does not open its record to old rows', async () => {
    const { clock, oauth, store } = await createAheadScene()
    const before = await store.get(ada)
    for (const ageMs of [hour, day, 400 * day])
      expect(await oauth.adopt(response, { account, obtainedAt: clock.now() - ageMs })).toMatchObject({
        outcome: 'kept',
      })
    expect(await oauth.adopt(response, { account })).toMatchObject({ outcome: 'kept' })
    expect(await store.get(ada)).toEqual(before)
  })

  test('F38 F90 whose tokens were refused does not keep newer ones from being adopted', async () => {
    const { ahead, clock, fake, oauth } = await createAheadScene()
    await fake.uninstall()
    await clock.advance(2 * hour)
    expect(await failure(ahead.installation(ada).refresh())).toBe('reauthorization_required')
    const adopt = (ageMs: number) => oauth.adopt(response, { account, obtainedAt: clock.now() - ageMs })
    expect(await adopt(day)).toMatchObject({ outcome: 'kept' })
    expect(await adopt(second)).toMatchObject({ outcome: 'replaced' })
  })
})
