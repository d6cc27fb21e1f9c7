import type { FastifyReplyLike } from '../listener/received-request.ts'
import { sendAnswer } from '../listener/send-answer.ts'

export type Done = (error?: Error) => void

/**
 * Sends the answer. Without one, Fastify goes on, and with an error goes to its error handler.
 *
 * After an answer `done` is never called, so no handler runs, however long the answer takes. A hook that returns a promise
 * would go on before slow `onSend` hooks have ended, and even `return reply` would if the client leaves meanwhile.
 */
export async function answerOrPass(
  reply: FastifyReplyLike,
  done: Done,
  answerOf: () => Promise<Response | undefined>,
): Promise<void> {
  try {
    const answer = await answerOf()
    if (answer !== undefined) return await sendAnswer(reply, answer)
  } catch (error) {
    return done(error instanceof Error ? error : new Error('The handler threw this.', { cause: error }))
  }
  done()
}
