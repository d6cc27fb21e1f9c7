import { expect, test, vi } from 'vitest'
import { OneTimeTokens } from '../../../src/client/connect/one-time-tokens.ts'
import type { Tokens } from '../../../src/machine/tokens.ts'

function tokensOf(refreshToken: string): Tokens {
  return {
    accessToken: 'v1u:x',
    refreshToken,
    apiDomain: 'https://api.pipedrive.com',
    obtainedAt: 1,
    expiresAt: 2,
  } as Tokens
}

const renewed = async () => tokensOf('renewed')

test('what came of a token is kept until it is stored and the last call that brings it has ended', async () => {
  const oneTime = new OneTimeTokens()
  const gate = Promise.withResolvers<void>()
  const waiting = oneTime.during('given', () => gate.promise)
  await oneTime.during('given', async () => {
    await oneTime.exchanged('given', undefined, renewed)
    oneTime.stored('given')
  })
  expect(oneTime.received('given')).toEqual(tokensOf('renewed'))
  gate.resolve()
  await waiting
  expect(oneTime.received('given')).toBeUndefined()
})

test('what is not stored is kept for the next call, also after an earlier one was stored', async () => {
  const oneTime = new OneTimeTokens()
  await oneTime.during('given', async () => oneTime.stored('given'))
  const failing = oneTime.during('given', async () => {
    await oneTime.exchanged('given', undefined, renewed)
    throw new Error('no database')
  })
  await expect(failing).rejects.toThrow('no database')
  expect(oneTime.received('given')).toEqual(tokensOf('renewed'))
})

test('a token is exchanged once, however many ask, and again for those who know what came of it', async () => {
  const oneTime = new OneTimeTokens()
  const exchange = vi.fn(renewed)
  const [first, second] = await Promise.all([1, 2].map(() => oneTime.exchanged('given', undefined, exchange)))
  expect([second === first, await oneTime.exchanged('given', undefined, exchange)]).toEqual([true, first])
  expect(exchange).toHaveBeenCalledOnce()
  expect(await oneTime.exchanged('given', first, exchange)).not.toBe(first)
  expect(exchange).toHaveBeenCalledTimes(2)
})

test('an exchange that fails is tried again by the next who asks', async () => {
  const oneTime = new OneTimeTokens()
  const failing = oneTime.exchanged('given', undefined, () => Promise.reject(new Error('away')))
  await expect(failing).rejects.toThrow('away')
  expect(await oneTime.exchanged('given', undefined, renewed)).toEqual(tokensOf('renewed'))
})
