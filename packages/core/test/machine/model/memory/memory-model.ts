import {
  believe,
  isBelieved,
  isUsableHandOver,
  look,
  told,
  toldMeanwhile,
  type Belief,
  type Look,
  type Standing,
} from '../../../../src/machine/memory.ts'
import { defaultPolicy, type Policy } from '../../../../src/machine/policy.ts'
import { explore, type Findings, type Invariant, type Model, type Move } from '../search.ts'

/**
 * A model check of memory that hears: one record in a store, one process that reads and writes it and remembers it, others
 * that write it, one connection over which news and heartbeats come in order, and a clock. News may be late for as long as
 * they like, a connection may fall silent, and the process may never notice: only the clock ends what memory is worth. Beside
 * its reads and writes, the process may wait for a change, and the store may hand over any record that was stored since.
 */
export interface Scenario {
  readonly title: string
  /** How often other processes write. */
  readonly others: number
  /** How often this process writes. */
  readonly own: number
  /** How often the connection falls silent. */
  readonly cuts: number
  /** Whether news have the new version. */
  readonly tellsVersions: boolean
  /** How often this process waits for a change. */
  readonly waits: number
  /** How long time goes on. */
  readonly ticks: number
}

/** What is checked: the machine's functions, and the habits of the code around them. */
export interface Software {
  readonly look: typeof look
  readonly toldMeanwhile: typeof toldMeanwhile
  readonly believe: typeof believe
  readonly told: typeof told
  readonly isBelieved: typeof isBelieved
  readonly isUsableHandOver: typeof isUsableHandOver
  /** The store hands over only what was stored since the call. */
  readonly handsOverWhatWasStoredSince: boolean
  /** Gives every watch another number. */
  readonly numbersWatches: boolean
  /** Counts a heartbeat from when it was sent. */
  readonly countsFromSending: boolean
}

const software: Software = {
  look,
  toldMeanwhile,
  believe,
  told,
  isBelieved,
  isUsableHandOver,
  handsOverWhatWasStoredSince: true,
  numbersWatches: true,
  countsFromSending: true,
}

const tick = 1_000
export const policy: Policy = { ...defaultPolicy, cacheMs: tick, watchHeartbeatMs: tick }
/** For how long memory may serve what another process has replaced: `cacheMs`, or a heartbeat and its answer. */
const boundMs = Math.max(policy.cacheMs, policy.watchHeartbeatMs + tick)

type News =
  | { readonly is: 'change'; readonly version: string | undefined }
  | { readonly is: 'heartbeat'; readonly sentAt: number }

interface Running {
  readonly look: Look
  /** What the store answered. Undefined: it has not answered yet. */
  readonly answer?: string
  /** Of a write: the version that it replaces. */
  readonly expected?: string
  /** Whether memory has got another record since it began. */
  readonly hasMemoryChanged: boolean
}

/** A wait for a change. */
interface Wait {
  readonly look: Look
  readonly awaited: string
  /** How many writes there had been when it began. */
  readonly since: number
  /** Whether memory has got another record since it began. */
  readonly hasMemoryChanged: boolean
  /** What the store hands over. Undefined: nothing yet. */
  readonly handedOver?: string
}

export interface World {
  readonly now: number
  readonly version: string
  /** When each version was replaced. */
  readonly replacedAt: Readonly<Record<string, number>>
  readonly writes: number
  readonly left: {
    readonly others: number
    readonly own: number
    readonly cuts: number
    readonly waits: number
  }
  readonly standing: Standing | undefined
  readonly watches: number
  readonly isSilent: boolean
  readonly news: readonly News[]
  readonly running: Running | undefined
  readonly wait: Wait | undefined
  readonly memory: Belief | undefined
  /** The number of the last own write whose answer has come. */
  readonly lastOwn: number
}

const start = ({ others, own, cuts, waits }: Scenario): World => ({
  now: 0,
  version: 'v0',
  replacedAt: {},
  writes: 0,
  left: { others, own, cuts, waits },
  standing: undefined,
  watches: 0,
  isSilent: false,
  news: [],
  running: undefined,
  wait: undefined,
  memory: undefined,
  lastOwn: 0,
})

function moves(world: World, scenario: Scenario, subject: Software): Move<World>[] {
  return [
    ...clockMoves(world, scenario),
    ...writesOfOthers(world, scenario),
    ...readMoves(world, scenario, subject),
    ...waitMoves(world, subject),
    ...watchMoves(world, subject),
    ...newsMoves(world, subject),
  ]
}

function clockMoves(world: World, { ticks }: Scenario): Move<World>[] {
  if (world.now >= ticks * tick) return []
  return [{ label: 'a tick', world: { ...world, now: world.now + tick } }]
}

function writesOfOthers(world: World, scenario: Scenario): Move<World>[] {
  if (world.left.others === 0) return []
  const left = { ...world.left, others: world.left.others - 1 }
  return [{ label: 'another process writes', world: { ...written(world, scenario), left } }]
}

/** The store replaces the record, and tells each process that is connected. */
function written(world: World, { tellsVersions }: Scenario): World {
  const writes = world.writes + 1
  const version = `v${writes}`
  const isHeard = world.standing !== undefined && !world.isSilent
  const change: News = { is: 'change', version: tellsVersions ? version : undefined }
  return {
    ...world,
    writes,
    version,
    replacedAt: { ...world.replacedAt, [world.version]: world.now },
    news: isHeard ? [...world.news, change] : world.news,
  }
}

function readMoves(world: World, scenario: Scenario, subject: Software): Move<World>[] {
  const { running, memory, now, standing } = world
  if (running === undefined) {
    const begun = subject.look(now, standing)
    const reads = { label: 'reads', world: { ...world, running: { look: begun, hasMemoryChanged: false } } }
    if (world.left.own === 0 || memory?.version === undefined) return [reads]
    const left = { ...world.left, own: world.left.own - 1 }
    const writing = { look: begun, expected: memory.version, hasMemoryChanged: false }
    return [reads, { label: 'begins to write', world: { ...world, left, running: writing } }]
  }
  const { answer, expected } = running
  if (answer !== undefined) {
    const replaced = memory?.version === answer ? memory.replaced : expected
    const done = { ...world, running: undefined }
    // A read is older than what was written or handed over meanwhile.
    if (expected === undefined && running.hasMemoryChanged) return [{ label: 'forgets', world: done }]
    const lastOwn = expected === undefined ? world.lastOwn : numberOf(answer)
    const belief = subject.believe(running.look, answer, replaced)
    return [{ label: 'remembers', world: { ...remembering(done, belief), lastOwn } }]
  }
  if (expected === undefined)
    return [
      { label: 'the store answers', world: { ...world, running: { ...running, answer: world.version } } },
    ]
  if (expected !== world.version)
    return [{ label: 'the store refuses', world: remembering({ ...world, running: undefined }, undefined) }]
  const after = written(world, scenario)
  return [{ label: 'the store writes', world: { ...after, running: { ...running, answer: after.version } } }]
}

function numberOf(version: string): number {
  return Number(version.slice(1))
}

/** Memory has changed if it has got another record. The same one is confirmed. */
function remembering(world: World, memory: Belief | undefined): World {
  if (memory !== undefined && memory.version === world.memory?.version) return { ...world, memory }
  const { running, wait } = world
  return {
    ...world,
    memory,
    running: running && { ...running, hasMemoryChanged: true },
    wait: wait && { ...wait, hasMemoryChanged: true },
  }
}

function waitMoves(world: World, subject: Software): Move<World>[] {
  const { memory, now, standing, wait, writes } = world
  if (wait === undefined) {
    if (world.left.waits === 0 || memory?.version === undefined) return []
    const begun = {
      look: subject.look(now, standing),
      awaited: memory.version,
      since: subject.handsOverWhatWasStoredSince ? writes : 0,
      hasMemoryChanged: false,
    }
    const left = { ...world.left, waits: world.left.waits - 1 }
    return [{ label: 'begins to wait', world: { ...world, left, wait: begun } }]
  }
  const { awaited, handedOver, hasMemoryChanged, look: begun, since } = wait
  if (handedOver === undefined) {
    const versions = Array.from({ length: writes - since + 1 }, (_, index) => `v${since + index}`)
    return versions
      .filter((version) => version !== awaited)
      .map((version) => ({
        label: `the store hands over ${version}`,
        world: { ...world, wait: { ...wait, handedOver: version } },
      }))
  }
  const done = { ...world, wait: undefined }
  return subject.isUsableHandOver(begun, handedOver, { awaited, hasMemoryChanged })
    ? [
        {
          label: 'remembers what was handed over',
          world: remembering(done, subject.believe(begun, handedOver, awaited)),
        },
      ]
    : [{ label: 'discards what was handed over', world: done }]
}

function watchMoves(world: World, { numbersWatches }: Software): Move<World>[] {
  const { standing, now } = world
  if (standing === undefined) {
    const watches = world.watches + 1
    const watch = numbersWatches ? watches : 1
    return watches > 2
      ? []
      : [
          {
            label: 'a watch opens',
            world: { ...world, watches, standing: { watch, heardUntil: now }, isSilent: false, news: [] },
          },
        ]
  }
  if (world.isSilent)
    return [
      { label: 'the loss is noticed', world: { ...world, standing: undefined, isSilent: false, news: [] } },
    ]
  const isUnderWay = world.news.some((one) => one.is === 'heartbeat' && one.sentAt === now)
  const beat: News = { is: 'heartbeat', sentAt: now }
  const left = { ...world.left, cuts: world.left.cuts - 1 }
  return [
    ...(isUnderWay || standing.heardUntil === now
      ? []
      : [{ label: 'a heartbeat is sent', world: { ...world, news: [...world.news, beat] } }]),
    ...(world.left.cuts === 0
      ? []
      : [
          {
            label: 'the connection falls silent',
            world: { ...world, left, isSilent: true, news: [] },
            fault: true as const,
          },
        ]),
  ]
}

function newsMoves(world: World, subject: Software): Move<World>[] {
  const [first, ...news] = world.news
  const { standing, memory, running, wait } = world
  if (first === undefined || standing === undefined) return []
  if (first.is === 'heartbeat') {
    const heardUntil = subject.countsFromSending ? first.sentAt : world.now
    return [
      { label: 'a heartbeat comes back', world: { ...world, news, standing: { ...standing, heardUntil } } },
    ]
  }
  const heard = {
    ...world,
    news,
    memory: memory && subject.told(memory, first.version),
    running: running && { ...running, look: subject.toldMeanwhile(running.look, first.version) },
    wait: wait && { ...wait, look: subject.toldMeanwhile(wait.look, first.version) },
  }
  return [{ label: `news of ${first.version ?? 'a change'} arrive`, world: heard }]
}

export const bounded =
  'memory serves nothing for longer than cacheMs, or a heartbeat and its answer, after it was replaced'
export const current = 'memory that has heard all news serves what is in the store'
export const neverBack = 'memory serves nothing that this process has replaced'
export const ownWritesCostNothing = 'news of own writes cause no read'

function invariants(scenario: Scenario, subject: Software): Invariant<World>[] {
  const served = ({ memory, standing, now }: World) =>
    memory && subject.isBelieved(memory, standing, now, policy) ? memory.version : undefined
  return [
    {
      name: bounded,
      holds: ({ world }) => {
        const version = served(world)
        const replacedAt = version === undefined ? undefined : world.replacedAt[version]
        return replacedAt === undefined || world.now < replacedAt + boundMs
      },
    },
    {
      name: current,
      holds: ({ world }) => {
        const { standing, memory, news, isSilent } = world
        const hearsAll = standing !== undefined && !isSilent && news.length === 0
        if (!hearsAll || memory?.watch !== standing.watch || served(world) === undefined) return true
        return memory.version === world.version
      },
    },
    {
      name: neverBack,
      holds: ({ world }) => numberOf(served(world) ?? `v${world.lastOwn}`) >= world.lastOwn,
    },
    {
      name: ownWritesCostNothing,
      holds: ({ world }) =>
        scenario.others > 0 ||
        !scenario.tellsVersions ||
        world.running?.expected !== undefined ||
        world.memory?.isOutdated !== true,
    },
  ]
}

/** When a version was replaced counts only while somebody holds it. */
function keyOf(world: World): string {
  const { memory, running, replacedAt, wait } = world
  if (wait !== undefined) return JSON.stringify(world)
  const held = [memory?.version, running?.answer, running?.expected, running && world.version]
  const ends = held.map((version) => version && replacedAt[version])
  return JSON.stringify({ ...world, replacedAt: ends })
}

/** Searches every order of events. `mutation`: one rule taken out. */
export function check(scenario: Scenario, mutation: Partial<Software> = {}): Findings<World> {
  const subject = { ...software, ...mutation }
  const model: Model<World> = {
    start: start(scenario),
    moves: (world) => moves(world, scenario, subject),
    key: keyOf,
    isFinal: ({ now, running }) => now === scenario.ticks * tick && running === undefined,
    invariants: invariants(scenario, subject),
  }
  return explore(model)
}
