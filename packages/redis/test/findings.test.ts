import { describe, expect, test, vi } from 'vitest'
import { countIds } from '../src/counting.ts'
import { databaseFindings } from '../src/database-check.ts'
import { serverFindings } from '../src/server-check.ts'
import type { RedisCommands } from '../src/redis-commands.ts'

/** Servers that answer, one after another, with what their INFO says: policy, appendonly, refusal. */
function findingsOf(...replies: readonly unknown[][]) {
  const evals = vi.fn<RedisCommands['eval']>()
  for (const reply of replies) evals.mockResolvedValueOnce(reply)
  const keys = replies.map((_, index) => `key-${index}`)
  return { evals, keys, findings: serverFindings({ eval: evals }, keys) }
}

const statuses = async (...replies: readonly unknown[][]) =>
  (await findingsOf(...replies).findings).map(({ status }) => status)

describe('what a server says of itself', () => {
  test('is asked by one script on the server of each key', async () => {
    const { evals, keys, findings } = findingsOf(['noeviction', '1', ''], ['noeviction', '1', ''])
    expect(await findings).toEqual([])
    expect(evals.mock.calls.map(([, count, key]) => [count, key])).toEqual(keys.map((key) => [1, key]))
  })

  test.each(['noeviction', 'volatile-lru', 'volatile-ttl'])('%s deletes no record', async (policy) => {
    expect(await statuses([policy, '1', ''])).toEqual([])
  })

  test('another policy deletes records', async () => {
    const findings = await findingsOf(['allkeys-lru', '1', '']).findings
    expect(findings).toMatchObject([{ status: 'problem', fix: 'Set maxmemory-policy noeviction.' }])
    expect(findings[0]?.found).toContain('maxmemory-policy allkeys-lru')
  })

  test('without appendonly, a crash loses records', async () => {
    expect(await findingsOf(['noeviction', '0', '']).findings).toMatchObject([
      { status: 'warning', fix: 'Set appendonly yes.' },
    ])
    expect(await statuses(['noeviction', '', ''])).toEqual([])
  })

  test('a refusal is told, and an answer without a policy as well', async () => {
    const refused = await findingsOf(['', '', 'NOPERM no INFO']).findings
    expect(refused).toMatchObject([{ status: 'unchecked' }])
    expect(refused[0]?.found).toContain('full (NOPERM no INFO).')
    const silent = await findingsOf(['', '1', '']).findings
    expect(silent[0]?.found).toMatch(/full\.$/)
  })

  test('comes once for any number of servers, also as bytes', async () => {
    const bytes = ['allkeys-lru', '0', ''].map((text) => Buffer.from(text))
    expect(await statuses(['allkeys-lru', '0', ''], bytes, ['allkeys-lru', '1', ''])).toEqual([
      'problem',
      'warning',
    ])
    expect(await statuses(['allkeys-lru', '1', ''], ['allkeys-random', '1', ''])).toEqual([
      'problem',
      'problem',
    ])
  })
})

describe('the database of a client', () => {
  const asked = (number: number | undefined, select = vi.fn(async () => 'OK' as unknown)) => ({
    select,
    findings: databaseFindings({ number: () => number, select }),
  })

  test.each([undefined, 0])('%s is not asked about', async (number) => {
    const { select, findings } = asked(number)
    expect(await findings).toEqual([])
    expect(select).not.toHaveBeenCalled()
    expect(await databaseFindings(undefined)).toEqual([])
  })

  test('is asked for, and fine if Redis lets the client in', async () => {
    const { select, findings } = asked(3)
    expect(await findings).toEqual([])
    expect(select).toHaveBeenCalledExactlyOnceWith(3)
  })

  test('that Redis refuses is a problem, and a broken connection an error', async () => {
    const refusal = new Error('NOPERM no SELECT')
    expect(
      await asked(
        3,
        vi.fn(() => Promise.reject(refusal)),
      ).findings,
    ).toMatchObject([
      {
        status: 'problem',
        found: expect.stringContaining('database 3, which Redis refuses (NOPERM no SELECT)'),
      },
    ])
    const broken = new Error('Connection is closed.')
    await expect(
      asked(
        3,
        vi.fn(() => Promise.reject(broken)),
      ).findings,
    ).rejects.toBe(broken)
  })
})

test('ids are counted over all indexes, also where a reply is text', async () => {
  const zcount = vi.fn<RedisCommands['zcount']>()
  zcount.mockResolvedValueOnce(2).mockResolvedValueOnce('3')
  expect(await countIds({ zcount } as unknown as RedisCommands, ['a', 'b'])).toBe(5)
  expect(zcount.mock.calls).toEqual([
    ['a', '-inf', '+inf'],
    ['b', '-inf', '+inf'],
  ])
  zcount.mockResolvedValueOnce(1)
  expect(await countIds({ zcount } as unknown as RedisCommands, ['a'], 7)).toBe(1)
  expect(zcount).toHaveBeenLastCalledWith('a', '-inf', '(7')
})
