/** Returns the answer as the method of its request allows: the answer to `HEAD` has the headers of `GET`, and no body. */
export function forMethod({ method }: Request, answer: Response): Response {
  if (method !== 'HEAD' || answer.body === null) return answer
  void answer.body.cancel()
  return new Response(null, answer)
}

/** Returns whether a request reads: `GET`, or `HEAD`, which asks for the same without its body. */
export function isReading({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD'
}
