import type { Context, Env } from 'hono'

/**
 * Returns the `waitUntil` of the request, which lets work go on after the response. Only the request that began the work
 * can keep it alive: on Workers, what a request began ends with it. It does nothing where the runtime lets work go on by
 * itself. There Hono throws an error, which takes longer than the guard, so it is asked only when there is work.
 */
export function waitUntilOf<E extends Env>(c: Context<E>): (work: Promise<unknown>) => void {
  return (work) => executionCtxOf(c)?.waitUntil(work)
}

function executionCtxOf<E extends Env>(c: Context<E>): Context<E>['executionCtx'] | undefined {
  try {
    return c.executionCtx
  } catch {
    return undefined
  }
}
