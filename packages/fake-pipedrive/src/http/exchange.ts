import type { Backend } from '../backend.ts'
import type { Call, CallLog } from '../call-log.ts'
import type { Answer } from '../faults/answer.ts'
import { applyFault } from '../faults/apply-fault.ts'
import type { FaultDirector } from '../faults/fault-script.ts'
import { StoppedClockError } from '../stopped-clock.ts'
import { identifyCall } from './identify-call.ts'
import type { Serve } from './serve.ts'
import type { Site } from './site.ts'

/** One request in flight. */
interface Exchange {
  readonly answer: Promise<Answer>
  /** Records that the client has disconnected. Like a real server, the fake still finishes the work. */
  abandon(): void
}

/** Sends a request through log, faults and server. Control routes are not logged and have no faults. */
export type OpenExchange = (request: Request, site: Site) => Exchange

export function createExchanges(
  backend: Backend,
  log: CallLog,
  faults: FaultDirector,
  serve: Serve,
): OpenExchange {
  return (request, site) => {
    let call: Call | undefined
    let abandoned = false

    const answer = async (): Promise<Answer> => {
      const subject = await identifyCall(backend, request, site)
      if (subject.endpoint === 'control') return { type: 'response', response: await serve(request, site) }
      call = log.open(request, subject)
      const struck = faults.strike(call)
      log.note(call, { abandoned, faults: struck.map((fault) => fault.type) })
      const work = async (): Promise<Answer> => ({ type: 'response', response: await serve(request, site) })
      const run = struck.reduceRight((inner, fault) => () => applyFault(fault, backend.clock, inner), work)
      const result = await run().catch((error: unknown) => {
        if (call) log.close(call, { outcome: 'hung' })
        // The client may take this for a broken connection and try again, so it is also told here.
        if (error instanceof StoppedClockError)
          console.error(`Fake Pipedrive, ${request.method} ${request.url}: ${error.message}`)
        throw error
      })
      await record(log, call, result)
      return result
    }

    return {
      answer: answer(),
      abandon() {
        abandoned = true
        if (call?.outcome === 'pending' || call?.outcome === 'hung') log.note(call, { abandoned })
      },
    }
  }
}

async function record(log: CallLog, call: Call, answer: Answer): Promise<void> {
  if (answer.type === 'hang') return log.close(call, { outcome: 'hung' })
  if (answer.type === 'reset') return log.close(call, { outcome: 'reset' })
  const { status } = answer.response
  const error = await errorOf(answer.response)
  const outcome = answer.type === 'cut' ? 'cut' : 'answered'
  log.close(call, { outcome, status, ...(error && { error }) })
}

/** Returns the `error` of a JSON response, read from a copy. */
async function errorOf(response: Response): Promise<string | undefined> {
  if (response.ok) return undefined
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined)
  return body && typeof body === 'object' && 'error' in body ? String(body.error) : undefined
}
