import type { Context, Env } from 'hono'

/**
 * Returns the `waitUntil` of the request, which lets work go on after the response. Only the request that began the work
 * can keep it alive: on Workers, what a request began ends with it. Undefined: this runtime lets work go on by itself.
 */
export function waitUntilOf<E extends Env>(c: Context<E>): ((work: Promise<unknown>) => void) | undefined {
  try {
    const { executionCtx } = c
    return (work) => executionCtx.waitUntil(work)
  } catch {
    return undefined
  }
}
