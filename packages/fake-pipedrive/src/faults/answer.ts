/** What the client receives. */
export type Answer =
  | { readonly type: 'response'; readonly response: Response }
  /** The client receives the head and half the body, then the connection breaks. */
  | { readonly type: 'cut'; readonly response: Response }
  | { readonly type: 'reset' }
  | { readonly type: 'hang' }

/** Rewrites the body of a complete answer. Broken ones are not changed. */
export async function withBody(answer: Answer, rewrite: (body: string) => string): Promise<Answer> {
  if (answer.type !== 'response') return answer
  const { status, headers } = answer.response
  const body = rewrite(await answer.response.text())
  return { type: 'response', response: new Response(body || null, { status, headers }) }
}
