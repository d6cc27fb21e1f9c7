import type { FastifyReplyLike, NodeResponse } from './received-request.ts'

const begun = new WeakSet<object>()

/** Whether `send()` was called since `noteSend()`. Fastify's own `sent` is false until its `onSend` hooks have ended. */
export function hasBegun(reply: FastifyReplyLike): boolean {
  return begun.has(reply)
}

/** Notes when the application answers through a reply of Fastify. */
export function noteSend(to: NodeResponse | FastifyReplyLike | undefined): void {
  if (to === undefined || !('raw' in to) || Object.hasOwn(to, 'send')) return
  const { send } = to
  to.send = (payload) => {
    begun.add(to)
    return send.call(to, payload)
  }
}
