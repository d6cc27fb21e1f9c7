import type { Context, Env } from 'hono'

/**
 * Lets work go on after the response. Only the context of the request that began it can: on Workers, what a request
 * began ends with it, and another request's `waitUntil` keeps the waiting alive, not the work.
 */
export function outlive<E extends Env>(c: Context<E>, work: Promise<unknown>): void {
  try {
    c.executionCtx.waitUntil(work)
  } catch {
    // There is no execution context: this runtime lets work go on by itself.
  }
}
