import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { SealedPayloads } from '../../../src/client/records/sealed-payload.ts'
import { installationState } from '../../../src/client/records/state-schema.ts'
import type { InstallationState } from '../../../src/machine/installation/state.ts'
import { activeState } from './active-state.ts'
import { sealingSecret, sealerOf } from '../settings.ts'

const sealer = sealerOf([sealingSecret], 'records')
const now = 1_788_220_800_000
const states = new SealedPayloads(sealer, 1, installationState)

describe('SealedPayloads', () => {
  test('opens what it sealed, and says whether the key is the current one', async () => {
    const payload = activeState(now)
    const sealed = await states.seal('1:2', payload)
    expect(await states.open('1:2', sealed)).toEqual({ ok: true, payload, isCurrentKey: true })
  })

  test.each([0, 2, 1.5])('refuses a payload of format %d', async (format) => {
    const sealed = await sealer.seal('1:2', { format, ...activeState(now) })
    expect(await states.open('1:2', sealed)).toEqual({ ok: false, problem: 'unknown_format' })
  })

  test.each<[string, unknown]>([
    ['text', 'a text'],
    ['nothing', null],
    ['a list', []],
    ['no format', activeState(now)],
    ['a format in words', { format: '1', ...activeState(now) }],
    [
      'something else than a state in the right format',
      { format: 1, ...activeState(now), account: undefined },
    ],
    ['a history that cannot be decoded', { format: 1, ...activeState(now), history: 'z' }],
  ])('refuses %s', async (_, payload) => {
    expect(await states.open('1:2', await sealer.seal('1:2', payload))).toEqual({
      ok: false,
      problem: 'unreadable',
    })
  })

  test('refuses another name and an unknown key', async () => {
    const sealed = await states.seal('1:2', activeState(now))
    expect(await states.open('1:3', sealed)).toEqual({ ok: false, problem: 'unreadable' })
    const others = new SealedPayloads(sealerOf([`another-${sealingSecret}`], 'records'), 1, v.object({}))
    expect(await others.open('1:2', sealed)).toEqual({ ok: false, problem: 'unknown_key' })
  })
})

const active = activeState(now)
const { tokens, ...withoutTokens } = active
const {
  cooldown: _,
  contested: __,
  ...installed
} = withoutTokens as Extract<InstallationState, { status: 'active' }>

describe('the schema of records', () => {
  test.each<[string, InstallationState]>([
    ['active', active],
    [
      'contested and cooling down',
      { ...active, contested: true, cooldown: { until: 1, failures: 1, code: 'client_rejected' } },
    ],
    ['refreshing', { ...active, status: 'refreshing', lease: { holder: 'p-1', until: 1 } }],
    ['in doubt', { ...active, status: 'in_doubt', until: 1 }],
  ])('takes a state that is %s', (_name, state) => {
    expect(v.parse(installationState, JSON.parse(JSON.stringify(state)))).toEqual(state)
  })

  test.each<[string, unknown]>([
    ['an unknown status', { ...active, status: 'paused' }],
    ['no tokens', installed],
    ['a token that is no text', { ...active, tokens: { ...tokens, accessToken: 7 } }],
    ['an instant in words', { ...active, installedAt: '2026-01-01' }],
    ['an account without a user', { ...active, account: { companyId: 1 } }],
    ['a lease without a holder', { ...active, status: 'refreshing', lease: { until: 1 } }],
    ['an unknown failure', { ...active, cooldown: { until: 1, failures: 1, code: 'bad_luck' } }],
  ])('refuses a state with %s', (_name, state) => {
    expect(v.safeParse(installationState, state).success).toBe(false)
  })
})
