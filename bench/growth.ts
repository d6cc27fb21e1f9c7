import type { InstallationId, StoredRecord, TokenStore } from '@pd/oauth-core'
import { elapsed, inTurns, least, median, ms, printTable, times, whole } from './figures.ts'
import { randomText } from './random-text.ts'
import { idsOf } from './redis/scene.ts'
import { report, type Figure } from './rows/row.ts'

const day = 86_400_000
const runs = 25
const aim = 1.5
/** So few that Redis finds as many in each bucket of the smallest store as in the others. */
const dueLimit = 20
/** One in so many installations needs attention. */
const needingAttention = 10

export const countsOf = (isLong: boolean): readonly number[] =>
  isLong ? [1_000, 100_000, 1_000_000] : [1_000, 100_000]

export type GrowingStore = TokenStore & Required<Pick<TokenStore, 'due' | 'list' | 'count'>>

/** A store that holds the records of `grown(count)`. */
export interface Grown {
  readonly count: number
  readonly store: GrowingStore
  /** What the server and its client alone take for a call, by the call's name. */
  readonly floors?: Readonly<Record<string, Prepare>>
}

/** Prepares a call, and returns it. */
export type Prepare = () => Promise<() => Promise<unknown>>

/** The records of so many installations, in the order of their ids' numbers. */
export function* grown(count: number, valueLength: number): Generator<[InstallationId, StoredRecord]> {
  const now = Date.now()
  for (const [index, id] of idsOf(count).entries())
    yield [
      id,
      {
        version: randomText(16),
        value: randomText(valueLength),
        dueAt: now + Math.floor(Math.random() * 60 * day),
        ...(index % needingAttention === 0 && { attention: true }),
      },
    ]
}

/**
 * How long each call takes in a large store, against the smallest one. Every call returns as much from each of them. With
 * several calls at once the figure is the time of all, divided by their number.
 */
export async function benchGrowth(name: string, stores: readonly Grown[], atOnce = 1): Promise<void> {
  for (const one of stores) await check(one)
  const calls = await Promise.all(stores.map(callsOf))
  const [smallest] = stores as [Grown]
  const lines: string[][] = []
  const [ratios, floors]: [Ratio[], Ratio[]] = [[], []]
  for (const call of Object.keys(calls[0]!)) {
    const contenders = stores.map(
      ({ count }, index) => [count, () => typicalMs(calls[index]![call]!, atOnce)] as const,
    )
    const took = await inTurns<string>(runs, Object.fromEntries(contenders))
    const best = (count: number) => least(took[count]!)
    lines.push([call, ...stores.map(({ count }) => ms(best(count)))])
    for (const { count } of stores.slice(1))
      (isFloor(call) ? floors : ratios).push({ call, count, ratio: best(count) / best(smallest.count) })
  }
  const head = ['', ...stores.map(({ count }) => `${whole(count)} installations, ms`)]
  const manner = atOnce === 1 ? 'one call after another' : `${atOnce} calls at once`
  printTable(`${name}, ${manner}, least median of ${runs} runs`, head, lines)
  const worst = Math.max(...ratios.map(({ ratio }) => ratio))
  const text = ({ call, count, ratio }: Ratio) =>
    `${call} ${ratio.toFixed(2)}${stores.length > 2 ? ` (${whole(count)})` : ''}`
  const beside = floors.map(text)
  const figures = ratios.map(({ call, count, ratio }): [string, Figure] => [
    `${call}, ${count} of ${smallest.count}`,
    { value: ratio, better: 'lower', tolerance: 0.4 },
  ])
  report({
    name: `growth from ${whole(smallest.count)} to ${whole(stores.at(-1)!.count)} installations, ${name}`,
    aim: `flat within ${aim} ×`,
    result: `at most ${times(worst)}: ${ratios.map(text).join(', ')}`,
    isMet: worst <= aim,
    beside: [
      `the same calls among ${whole(smallest.count)}; ${manner}; least median of ${runs} runs in turns`,
      ...beside,
    ].join('; '),
    figures: Object.fromEntries(figures),
  })
}

/** Some stores are filled without the store, which then has to find what it would have written. */
async function check({ count, store }: Grown): Promise<void> {
  const found = await store.count({ attention: true })
  const records = await Promise.all(
    idsOf(count)
      .slice(-5)
      .map((id) => store.get(id)),
  )
  const due = await store.count({ dueBefore: Date.now() + 61 * day })
  if (found !== count / needingAttention || due !== count || records.includes(undefined))
    throw new Error(`The store was to hold ${count} installations, and has ${due}, ${found} with attention.`)
}

interface Ratio {
  readonly call: string
  readonly count: number
  readonly ratio: number
}

interface Call {
  readonly times: number
  readonly prepare: Prepare
}

async function callsOf({ count, store, floors = {} }: Grown): Promise<Record<string, Call>> {
  const ids = idsOf(count)
  let next = Math.floor(Math.random() * count)
  // A prime as the step visits every id before any comes again, so that no two calls at once want the same.
  const any = () => ids[(next = (next + 7_368_787) % count)]!
  const begins = await cursorsOf(store, count, false)
  const attentionBegins = await cursorsOf(store, count / needingAttention, true)
  const companyOf = (id: InstallationId) => Number(id.slice(0, id.indexOf(':')))
  const now = Date.now()
  const calls: Record<string, Call> = {
    read: { times: 300, prepare: async () => () => store.get(any()) },
    claim: {
      times: 200,
      prepare: async () => {
        const id = any()
        const record = (await store.get(id))!
        const next = { ...record, version: randomText(16), dueAt: now + Math.floor(Math.random() * 60 * day) }
        return () => store.compareAndSet(id, record.version, next)
      },
    },
    'page of the list': {
      times: 40,
      prepare: async () => () => store.list({ limit: 100, ...anyOf(begins) }),
    },
    'page of a company': {
      times: 40,
      prepare: async () => () => store.list({ companyId: companyOf(any()), limit: 100 }),
    },
    'page of what is due': {
      times: 40,
      prepare: async () => () =>
        store.due(now + 15 * day, dueLimit, { dueAt: now + Math.random() * 5 * day, id: '0:0' }),
    },
    'page of what needs attention': {
      times: 40,
      prepare: async () => () => store.list({ attention: true, limit: 20, ...anyOf(attentionBegins) }),
    },
  }
  for (const [name, prepare] of Object.entries(floors))
    calls[floorName(name)] = { times: calls[name]!.times, prepare }
  return calls
}

const floorName = (call: string) => `${call} by bare commands`
const isFloor = (call: string) => call.endsWith(floorName(''))

/** Where pages begin: at the beginning, and after a quarter and a half of all ids. */
async function cursorsOf(store: GrowingStore, count: number, attention: boolean) {
  const after = [count / 4, count / 2].map((limit) => store.list({ limit, ...(attention && { attention }) }))
  return [{}, ...(await Promise.all(after)).map(({ cursor }) => ({ cursor: cursor! }))]
}

function anyOf<T>(choices: readonly T[]): T {
  return choices[Math.floor(Math.random() * choices.length)]!
}

async function typicalMs({ times, prepare }: Call, atOnce: number): Promise<number> {
  const samples: number[] = []
  for (let done = 0; done < times; done += atOnce) {
    const calls = await Promise.all(Array.from({ length: atOnce }, prepare))
    samples.push((await elapsed(() => Promise.all(calls.map((call) => call())))) / atOnce)
  }
  return median(samples)
}
