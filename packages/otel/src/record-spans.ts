import {
  SpanStatusCode,
  type Attributes,
  type Link,
  type Span,
  type SpanContext,
  type Tracer,
} from '@opentelemetry/api'
import type { OAuthEvent } from '@pd/oauth-core'
import { codeOf } from './code-of.ts'
import { attributeNames, spanNames } from './names.ts'

/** How many refreshes are remembered for the links of those who wait for them. */
const rememberedRefreshes = 1_000

/** Returns a listener that makes spans: of refreshes, of waits for them, of consents and of runs of `keepAlive()`. */
export function recordSpans(tracer: Tracer): (event: OAuthEvent) => void {
  /** The refreshes that run in this process. */
  const running = new Map<string, Span>()
  /** The last refresh of each installation in this process, the latest last. */
  const refreshes = new Map<string, SpanContext>()

  const remember = (id: string, context: SpanContext) => {
    refreshes.delete(id)
    refreshes.set(id, context)
    const [oldest] = refreshes.keys()
    if (refreshes.size > rememberedRefreshes && oldest !== undefined) refreshes.delete(oldest)
  }
  const past = (name: string, event: OAuthEvent, attributes: Attributes = {}, links: Link[] = []) => {
    const startTime = event.at - (event.durationMs ?? 0)
    const span = tracer.startSpan(name, { startTime, links, attributes: { ...about(event), ...attributes } })
    end(span, event)
  }

  return (event) => {
    const id = event.installationId ?? ''
    switch (event.type) {
      case 'refresh_started': {
        const span = tracer.startSpan(spanNames.refresh, { startTime: event.at, attributes: about(event) })
        running.set(id, span)
        return remember(id, span.spanContext())
      }
      case 'lease_taken_over':
        running.get(id)?.addEvent(event.type, {}, event.at)
        return
      case 'refreshed':
      case 'rival_token_adopted':
      case 'refresh_failed':
      case 'refresh_contested':
      case 'reauthorization_required':
      case 'refresh_discarded':
      case 'save_failed': {
        const span = running.get(id)
        if (span === undefined) return
        running.delete(id)
        span.setAttribute(attributeNames.outcome, event.type)
        return end(span, event)
      }
      case 'waited': {
        const context = refreshes.get(id)
        return past(spanNames.wait, event, {}, context === undefined ? [] : [{ context }])
      }
      case 'installed':
        // Adopted tokens have no consent, and took no time.
        return event.durationMs === undefined ? undefined : past(spanNames.consent, event)
      case 'consent_failed':
        return past(spanNames.consent, event)
      case 'kept_alive':
        return past(spanNames.keepAlive, event)
      default:
    }
  }
}

function about({ installationId, reference }: OAuthEvent): Attributes {
  return {
    ...(installationId !== undefined && { [attributeNames.installationId]: installationId }),
    ...(reference !== undefined && { [attributeNames.reference]: reference }),
  }
}

function end(span: Span, event: OAuthEvent): void {
  const code = codeOf(event)
  if (code !== undefined) {
    span.setAttribute(attributeNames.errorType, code)
    span.setStatus({ code: SpanStatusCode.ERROR, ...(event.cause !== undefined && { message: event.cause }) })
  }
  span.end(event.at)
}
