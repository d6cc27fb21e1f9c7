import { expect, onTestFinished, test, vi } from 'vitest'
import { causesOf } from '../src/causes.ts'
import { settled } from '../src/settled.ts'

const lost = Object.assign(new Error('deadlock'), { code: '40P01', errno: 1213 })

test.each(['postgresql', 'mysql'] as const)(
  'a statement of %s that lost a race is sent again',
  async (dialect) => {
    let tries = 0
    const send = settled(async () => {
      if (++tries < 3) throw new Error('wrapped', { cause: lost })
      return { rows: [{ tries }] }
    }, dialect)
    expect(await send('SELECT 1', [])).toEqual({ rows: [{ tries: 3 }] })
  },
)

test.each(['postgresql', 'mysql'] as const)(
  '%s gives a statement up after 50 lost races',
  async (dialect) => {
    let tries = 0
    const send = settled(async () => {
      tries++
      throw lost
    }, dialect)
    await expect(send('SELECT 1', [])).rejects.toBe(lost)
    expect(tries).toBe(50)
  },
)

test.each([
  ['sqlite', lost],
  ['postgresql', Object.assign(new Error('syntax'), { code: '42601' })],
  ['mysql', Object.assign(new Error('syntax'), { errno: 1064 })],
] as const)('%s does not send a statement again that failed otherwise', async (dialect, error) => {
  let tries = 0
  const send = settled(async () => {
    tries++
    throw error
  }, dialect)
  await expect(send('SELECT 1', [])).rejects.toBe(error)
  expect(tries).toBe(1)
})

test('an error that causes itself has five causes, and what is no error has none', () => {
  const error = new Error('circle')
  error.cause = error
  expect(causesOf(error)).toHaveLength(5)
  expect(causesOf('text')).toEqual([])
  expect(causesOf(lost)).toEqual([{ message: 'deadlock', code: '40P01', errno: 1213, errcode: undefined }])
})

test('a statement is sent again for four seconds', async () => {
  let [now, tries] = [1_000, 0]
  const time = vi.spyOn(performance, 'now').mockImplementation(() => now)
  onTestFinished(() => time.mockRestore())
  const send = settled(async () => {
    tries++
    now = tries === 1 ? 4_999 : 5_000
    throw lost
  }, 'mysql')
  await expect(send('SELECT 1', [])).rejects.toBe(lost)
  expect(tries).toBe(2)
})
