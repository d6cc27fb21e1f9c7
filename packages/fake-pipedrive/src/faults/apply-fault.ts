import { apiError } from '../api/api-error.ts'
import type { SleepingClock } from '../clock.ts'
import { withBody, type Answer } from './answer.ts'
import type { Fault } from './fault.ts'

const OVERSIZED_BYTES = 2 * 1024 * 1024
const BODILESS = [204, 205, 304]

/** Applies one fault to a call. `work` is what the server does without the fault. */
export async function applyFault(
  fault: Fault,
  clock: SleepingClock,
  work: () => Promise<Answer>,
): Promise<Answer> {
  switch (fault.type) {
    case 'slow':
      return delayed(fault.when, () => clock.sleep(fault.delayMs), work)
    case 'hold':
      return delayed(fault.when, () => fault.gate.pass(), work)
    case 'truncated':
      return withBody(await work(), (body) => body.slice(0, Math.ceil(body.length / 2)))
    case 'cut': {
      const answer = await work()
      return answer.type === 'response' ? { ...answer, type: 'cut' } : answer
    }
    case 'omit':
      return rewritten(await work(), (body) => {
        return Object.fromEntries(Object.entries(body).filter(([name]) => !fault.fields.includes(name)))
      })
    case 'override':
      return rewritten(await work(), (body) => ({ ...body, ...fault.fields }))
    default:
      if (fault.when === 'after') await work()
      return instead(fault)
  }
}

type Replacing = Exclude<Fault, { type: 'slow' | 'hold' | 'truncated' | 'cut' | 'omit' | 'override' }>

/** Returns the answer that a fault puts in place of the server's. */
function instead(fault: Replacing): Answer {
  switch (fault.type) {
    case 'status':
      return { type: 'response', response: statusResponse(fault) }
    case 'html':
      return { type: 'response', response: htmlResponse(fault.status ?? 502) }
    case 'rate_limited': {
      const { retryAfterSeconds } = fault
      const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }
      return { type: 'response', response: apiError(429, 'Rate limit exceeded', headers) }
    }
    case 'empty':
      return { type: 'response', response: new Response(null, { status: fault.status ?? 200 }) }
    case 'oversized':
      return {
        type: 'response',
        response: Response.json({ padding: 'x'.repeat(fault.bytes ?? OVERSIZED_BYTES) }),
      }
    case 'reset':
    case 'hang':
      return { type: fault.type }
  }
}

async function delayed(
  when: 'before' | 'after' | undefined,
  wait: () => Promise<void>,
  work: () => Promise<Answer>,
): Promise<Answer> {
  if (when !== 'after') await wait()
  const answer = await work()
  if (when === 'after') await wait()
  return answer
}

type JsonObject = Record<string, unknown>

/** Changes the fields of a successful JSON answer. Other answers are not changed. */
async function rewritten(answer: Answer, change: (body: JsonObject) => JsonObject): Promise<Answer> {
  if (answer.type !== 'response' || !answer.response.ok) return answer
  if (!answer.response.headers.get('content-type')?.includes('json')) return answer
  return withBody(answer, (body) => JSON.stringify(change(JSON.parse(body) as JsonObject)))
}

function statusResponse({ status, body, headers = {} }: Extract<Fault, { type: 'status' }>): Response {
  if (BODILESS.includes(status)) return new Response(null, { status, headers })
  if (body === undefined) return apiError(status, 'Scripted fault', headers)
  if (typeof body === 'string') return new Response(body, { status, headers })
  return Response.json(body, { status, headers })
}

function htmlResponse(status: number): Response {
  if (BODILESS.includes(status)) return new Response(null, { status })
  const page = `<!doctype html>\n<html><head><title>${status}</title></head><body><h1>Whoops!</h1></body></html>\n`
  return new Response(page, { status, headers: { 'content-type': 'text/html; charset=utf-8' } })
}
