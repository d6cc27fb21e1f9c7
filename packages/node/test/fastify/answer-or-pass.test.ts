import { expect, test } from 'vitest'
import { answerOrPass } from '../../src/fastify/answer-or-pass.ts'

const broken = new Error('of the handler')
const passes = answerOrPass(async () => undefined)
const fails = answerOrPass(() => Promise.reject(broken))
const [request, reply] = [{} as never, {} as never]

test('a hook that is called with a function to go on calls that, with the error of its handler', async () => {
  const wentOn = (hook: typeof passes, ...payload: unknown[]) =>
    new Promise((done) => expect(hook(request, reply, ...payload, done)).toBeUndefined())
  expect(await wentOn(passes)).toBeUndefined()
  expect(await wentOn(passes, 'payload')).toBeUndefined()
  expect(await wentOn(fails)).toBe(broken)
  expect(await wentOn(fails, 'payload')).toBe(broken)
})

test('a hook that is called without one returns a promise, which rejects with the error of its handler', async () => {
  expect(await passes(request, reply)).toBeUndefined()
  expect(await passes(request, reply, 'payload')).toBeUndefined()
  await expect(fails(request, reply)).rejects.toBe(broken)
  await expect(fails(request, reply, 'payload')).rejects.toBe(broken)
})
