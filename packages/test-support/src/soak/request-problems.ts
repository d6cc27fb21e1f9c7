import type { Operation, SoakHistory, SoakPolicy, TokenRequest } from './history.ts'
import { isChange } from './known-presence.ts'

/** The process may have given up on an answer that took longer, in milliseconds. */
const promptMs = 1_000
/** The most that passes between reading the clock and sending the request, in milliseconds. */
const fewMs = 100

/**
 * The token requests that were sent too early, a sentence each: while another one with the same refresh token was in
 * flight, or although the tokens of the one before still served and nobody had asked for new ones.
 */
export function requestProblems(history: SoakHistory): readonly string[] {
  const { requests, operations, policy } = history
  const refreshes = requests.filter(({ refreshToken }) => refreshToken !== undefined)
  const asked = operations.filter(asksForNewTokens)
  return [...Map.groupBy(refreshes, ({ refreshToken }) => refreshToken).values()].flatMap((grant) => {
    const inOrder = grant.toSorted((left, right) => left.sentAt - right.sentAt)
    return inOrder.slice(1).flatMap((request, index) => {
      const former = inOrder[index] as TokenRequest
      const gapMs = request.sentAt - former.sentAt
      const who = `${request.id}: process ${request.process} sent a refresh token ${gapMs} ms after process ${former.process}`
      if (request.sentAt + fewMs < inFlightUntil(former, policy))
        return [`${who}, whose request was in flight`]
      const isExplained = asked.some((operation) => overlaps(operation, request, former))
      return gapMs >= shortestGapMs(former, history) || isExplained
        ? []
        : [`${who}, without need; that one: ${outcomeOf(former)}`]
    })
  })
}

/** Until when the answer of a request may still arrive, or its token may still be spent. */
function inFlightUntil(request: TokenRequest, { requestTimeoutMs }: SoakPolicy): number {
  // Its process is gone or has given up. A lease covers the time-out of a request, and so nobody else may send it before.
  if (request.abandoned) return request.sentAt + requestTimeoutMs
  return Math.min(request.endedAt ?? Infinity, request.sentAt + requestTimeoutMs)
}

function shortestGapMs(former: TokenRequest, { policy, killedAt }: SoakHistory): number {
  const { requestTimeoutMs, clockSkewMs, cooldownMs, freshMs } = policy
  // A process may have been killed before it stored its failure, so only the cooldown is certain.
  if (!isGood(former)) return cooldownMs - fewMs
  // A request is sent only while its lease covers its time-out, and the next lease begins when that one has ended.
  if (killedAt.has(former.process)) return Math.min(requestTimeoutMs + clockSkewMs, freshMs) - fewMs
  return freshMs - fewMs
}

function isGood({ status, faults, abandoned, endedAt = Infinity, sentAt }: TokenRequest): boolean {
  return (
    status === 200 && !abandoned && endedAt - sentAt < promptMs && faults.every((fault) => fault === 'slow')
  )
}

/** Whether an operation may ask for new tokens although the old ones serve. A notice may be settled by a refresh. */
function asksForNewTokens(operation: Operation): boolean {
  const { kind } = operation
  return kind === 'refresh' || kind === 'revoke' || kind === 'keep-alive' || isChange(operation)
}

/** Whether an operation that asks for new tokens explains a request after another one. */
function overlaps(operation: Operation, request: TokenRequest, former: TokenRequest): boolean {
  const { id, from, until = Infinity } = operation
  return (id === undefined || id === request.id) && from <= request.sentAt + fewMs && until >= former.sentAt
}

function outcomeOf({ status, faults }: TokenRequest): string {
  return [status, ...faults].join(' ')
}
