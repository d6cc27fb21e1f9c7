import { expect, test } from 'vitest'
import { oncePerProcess } from '../src/index.ts'
import { createScene } from './scene.ts'

test('a client is made once, when it is first needed, also for a second copy of the module', async () => {
  const { oauth } = createScene()
  let made = 0
  const make = () => {
    made += 1
    return oauth
  }
  const first = oncePerProcess('twice', make)
  expect(made).toBe(0)
  const copy = `${new URL('../src/once-per-process.ts', import.meta.url).href}?copy`
  const { oncePerProcess: again } = (await import(copy)) as { oncePerProcess: typeof oncePerProcess }
  expect(again).not.toBe(oncePerProcess)
  expect([first(), first(), again('twice', make)()]).toEqual([oauth, oauth, oauth])
  expect(made).toBe(1)
})

test('clients of other names are others', () => {
  const [one, other] = [createScene().oauth, createScene().oauth]
  expect(oncePerProcess('one', () => one)()).toBe(one)
  expect(oncePerProcess('other', () => other)()).toBe(other)
})

test('making it is tried again after a failure, thrown or rejected', async () => {
  const { oauth } = createScene()
  const failures = [new Error('the variable is not set'), new Error('the database is not there')]
  const get = oncePerProcess('failing', () => {
    const failure = failures.pop()
    if (failures.length === 0 && failure !== undefined) throw failure
    return failure === undefined ? Promise.resolve(oauth) : Promise.reject(failure)
  })
  await expect(get()).rejects.toThrow('the database')
  expect(() => get()).toThrow('the variable')
  expect(await get()).toBe(oauth)
  expect(get()).toBe(get())
})
