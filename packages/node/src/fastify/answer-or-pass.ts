import type { FastifyReplyLike, FastifyRequestLike } from '../listener/received-request.ts'
import { sendAnswer } from '../listener/send-answer.ts'

export type Done = (error?: Error) => void

/**
 * A hook of Fastify: for `onRequest`, and for every other one that runs before the handler. A hook or a handler of the
 * application may also call it itself, without `done`, and await it.
 */
export interface FastifyHook<Req = FastifyRequestLike, Reply = FastifyReplyLike> {
  /** Calls `done` if the request may go on, and with an error if there is one. After an answer, never calls it. */
  (request: Req, reply: Reply, ...rest: [...payload: unknown[], done: Done]): void
  /**
   * Resolves if the request may go on. After an answer it stays pending for ever, so nothing behind an `await` of it runs, no
   * `finally` either.
   * @throws what `done` would be called with
   */
  (request: Req, reply: Reply, payload?: unknown): Promise<void>
}

/**
 * Returns a hook that sends the answer. Without one, the request goes on, and with an error goes to Fastify's error handler.
 *
 * After an answer nothing is called or settled, so no handler runs, however long the answer takes. A promise that resolved
 * would let Fastify go on before slow `onSend` hooks have ended, and even `return reply` would if the client leaves meanwhile.
 */
export function answerOrPass<Req, Reply extends FastifyReplyLike>(
  answerOf: (request: Req, reply: Reply) => Promise<Response | undefined>,
): FastifyHook<Req, Reply> {
  const run = async (request: Req, reply: Reply, done: Done) => {
    try {
      const answer = await answerOf(request, reply)
      if (answer !== undefined) return await sendAnswer(reply, answer)
    } catch (error) {
      return done(error instanceof Error ? error : new Error('The handler threw this.', { cause: error }))
    }
    done()
  }
  function hook(request: Req, reply: Reply, ...rest: [...payload: unknown[], done: Done]): void
  function hook(request: Req, reply: Reply, payload?: unknown): Promise<void>
  function hook(request: Req, reply: Reply, ...rest: unknown[]): Promise<void> | void {
    const done = rest.at(-1)
    if (typeof done === 'function') return void run(request, reply, done as Done)
    return new Promise((resolve, reject) => {
      void run(request, reply, (error) => (error === undefined ? resolve() : reject(error)))
    })
  }
  return hook
}
