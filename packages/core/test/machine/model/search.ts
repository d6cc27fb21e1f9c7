/**
 * Explicit-state search, breadth first: every world that any order of moves can reach, each visited once.
 * Two worlds with the same key are one state, so a key must hold all that a later move can see.
 */
export interface Model<World> {
  readonly start: World
  readonly moves: (world: World) => readonly Move<World>[]
  readonly key: (world: World) => string
  /** Nothing is left to do. Every state must be able to get to such a one. */
  readonly isFinal: (world: World) => boolean
  readonly invariants: readonly Invariant<World>[]
}

export interface Move<World> {
  readonly label: string
  readonly world: World
  /** The world's doing, not the software's: a crash, a lost answer. */
  readonly fault?: true
}

/** A sentence that must be true of every move, judged by the world before it and the world after it. */
export interface Invariant<World> {
  readonly name: string
  readonly holds: (move: Move<World>, before: World) => boolean
}

export interface Findings<World> {
  readonly states: number
  readonly transitions: number
  readonly finals: number
  /** The shortest way there is to break an invariant. */
  readonly violation?: Violation<World>
}

export interface Violation<World> {
  readonly invariant: string
  readonly trace: readonly Move<World>[]
}

export const everyStateCanEnd = 'every caller ends: from everywhere an end can be reached'

export function explore<World>(model: Model<World>, maximumStates = 2_000_000): Findings<World> {
  const ids = new Map<string, number>([[model.key(model.start), 0]])
  const arrivals: Arrival[] = [{ from: -1, choice: -1 }]
  const edges: Edges = { from: [], to: [] }
  const finals: number[] = []
  let level: World[] = [model.start]
  let expanding = 0

  const findings = (invariant?: string, trace: readonly Move<World>[] = []): Findings<World> => ({
    states: ids.size,
    transitions: edges.to.length,
    finals: finals.length,
    ...(invariant !== undefined && { violation: { invariant, trace } }),
  })

  while (level.length > 0) {
    const nextLevel: World[] = []
    for (const before of level) {
      const from = expanding++
      if (model.isFinal(before)) finals.push(from)
      for (const [choice, move] of model.moves(before).entries()) {
        const broken = model.invariants.find((invariant) => !invariant.holds(move, before))
        if (broken) return findings(broken.name, [...retrace(model, arrivals, from), move])
        const key = model.key(move.world)
        let to = ids.get(key)
        if (to === undefined) {
          to = ids.size
          if (to >= maximumStates) throw new Error(`more than ${maximumStates} states: bounds are too wide`)
          ids.set(key, to)
          arrivals.push({ from, choice })
          nextLevel.push(move.world)
        }
        edges.from.push(from)
        edges.to.push(to)
      }
    }
    level = nextLevel
  }

  const trapped = firstThatCannotReach(finals, edges, ids.size)
  return trapped === undefined ? findings() : findings(everyStateCanEnd, retrace(model, arrivals, trapped))
}

/** By which move of which state a state was first reached. */
interface Arrival {
  readonly from: number
  readonly choice: number
}

interface Edges {
  readonly from: number[]
  readonly to: number[]
}

/** Worlds are not kept: the moves are made again, from the start. */
function retrace<World>(model: Model<World>, arrivals: readonly Arrival[], state: number): Move<World>[] {
  const choices: number[] = []
  for (let at = state; at > 0; at = arrivals[at]!.from) choices.unshift(arrivals[at]!.choice)
  const trace: Move<World>[] = []
  for (const choice of choices) trace.push(model.moves(trace.at(-1)?.world ?? model.start)[choice]!)
  return trace
}

/** Walks the edges backwards from the goals; the lowest number left out is the one nearest to the start. */
function firstThatCannotReach(goals: readonly number[], edges: Edges, states: number): number | undefined {
  const firstInto = new Int32Array(states).fill(-1)
  const nextInto = new Int32Array(edges.to.length)
  for (const [edge, to] of edges.to.entries()) {
    nextInto[edge] = firstInto[to]!
    firstInto[to] = edge
  }
  const reaches = new Uint8Array(states)
  const open = [...goals]
  for (const goal of goals) reaches[goal] = 1
  for (let state = open.pop(); state !== undefined; state = open.pop())
    for (let edge = firstInto[state]!; edge !== -1; edge = nextInto[edge]!) {
      const from = edges.from[edge]!
      if (reaches[from] === 1) continue
      reaches[from] = 1
      open.push(from)
    }
  const trapped = reaches.indexOf(0)
  return trapped === -1 ? undefined : trapped
}
