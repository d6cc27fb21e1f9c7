import type { FastifyReplyLike, NodeResponse } from './received-request.ts'

const begun = new WeakSet<object>()

/**
 * Returns whether the application has answered in a callback, and forgets it: a hook may refuse that answer with an error, which
 * then needs an answer of its own. Fastify's own `sent` is false until its `onSend` hooks have ended.
 */
export function takeBegun(reply: FastifyReplyLike): boolean {
  return begun.delete(reply)
}

/** Resolves to what a callback of the application returns, and notes whether it answers through a reply of Fastify meanwhile. */
export async function noteSend<T>(
  to: NodeResponse | FastifyReplyLike | undefined,
  callback: () => T,
): Promise<Awaited<T>> {
  if (to === undefined || !('raw' in to)) return await callback()
  const { send } = to
  let isRunning = true
  to.send = (payload) => {
    if (isRunning) begun.add(to)
    return send.call(to, payload)
  }
  try {
    return await callback()
  } finally {
    isRunning = false
  }
}
