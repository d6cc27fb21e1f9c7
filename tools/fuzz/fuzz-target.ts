import { inspect } from 'node:util'
import { PipedriveOAuthError } from '@pd/oauth-core'
import * as fc from 'fast-check'

/** Something that takes input from outside. */
export interface FuzzTarget {
  readonly name: string
  /** How many of 100 inputs it gets. */
  readonly share: number
  /**
   * Gives it so many inputs.
   * @throws {Error} with the smallest input for which it crashed or showed a secret
   */
  run(count: number, seed: number): Promise<void>
}

/** Every secret that an input or a client holds has this in it. */
export const marker = 'S3CR3T'

/** Keeps what a log, a listener, a page or a terminal would show. */
export type Show = (value: unknown) => void

/**
 * Makes a target. `tryOne` gives it one input. Rejections with an error of the library are fine; any other is a crash. What it
 * shows, its errors included, must not have the marker in it.
 */
export function fuzzTarget<Input>(
  name: string,
  share: number,
  inputs: fc.Arbitrary<Input>,
  tryOne: (input: Input, show: Show) => unknown,
): FuzzTarget {
  const property = fc.asyncProperty(inputs, async (input) => {
    const shown: unknown[] = []
    try {
      await tryOne(input, (value) => shown.push(value))
    } catch (error) {
      if (!(error instanceof PipedriveOAuthError)) throw new Error(`${name} crashed`, { cause: error })
      shown.push(error)
    }
    for (const value of shown)
      if (textOf(value).includes(marker)) throw new Error(`${name} showed a secret: ${textOf(value)}`)
  })
  return { name, share, run: (numRuns, seed) => fc.assert(property, { numRuns, seed }) }
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  // The stack repeats the message, and the names of files.
  return inspect(value, { depth: 8, maxStringLength: null, breakLength: Infinity })
}
