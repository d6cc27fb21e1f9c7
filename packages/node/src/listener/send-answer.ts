import type { ServerResponse } from 'node:http'
import { sendResponse } from '@remix-run/node-fetch-server'

/** Sends an answer, beside the cookies that are set on the response already; unless somebody has answered meanwhile. */
export async function sendAnswer(response: ServerResponse, answer: Response): Promise<void> {
  if (response.headersSent || response.destroyed) return answer.body?.cancel()
  const cookies = [response.getHeader('set-cookie') ?? []].flat().map(String)
  const whole = cookies.length === 0 ? answer : new Response(answer.body, answer)
  for (const cookie of cookies)
    if (!whole.headers.getSetCookie().includes(cookie)) whole.headers.append('set-cookie', cookie)
  await sendResponse(response, whole)
  if (response.req.method === 'HEAD') await whole.body?.cancel()
}
