import type { MoveName } from './play.ts'

/** A sequence of moves that shows one decision of the machine. */
export interface Story {
  readonly title: string
  readonly moral: string
  readonly moves: readonly MoveName[]
}

export const stories: readonly Story[] = [
  {
    title: 'Two processes, one refresh',
    moral: 'A claims the refresh by storing the state "refreshing". B finds the claim and waits.',
    moves: ['connect', 'pass_hour', 'ask_A', 'ask_B', 'answer_A', 'ask_B'],
  },
  {
    title: 'A crash',
    moral: 'After the lease B takes over, and nobody is disconnected.',
    moves: ['connect', 'pass_hour', 'ask_A', 'crash_A', 'pass_seconds', 'pass_seconds', 'ask_B', 'answer_B'],
  },
  {
    title: 'A late answer',
    moral:
      'B took over from A and is refused, because A has already spent the token. The machine waits for A instead of giving up.',
    moves: ['connect', 'pass_hour', 'ask_A', 'pass_seconds', 'pass_seconds', 'ask_B', 'refuse_B', 'answer_A'],
  },
  {
    title: 'Uninstalled meanwhile',
    moral: 'The answer comes after the uninstall and changes nothing.',
    moves: ['connect', 'pass_hour', 'ask_A', 'uninstall', 'answer_A'],
  },
  {
    title: 'A grant that nobody uses',
    moral: 'keepAlive() refreshes it before its 60 days are over.',
    moves: ['connect', 'pass_days', 'keep_alive', 'answer_B'],
  },
]
