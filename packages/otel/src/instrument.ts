import { metrics, trace, type Meter, type Tracer } from '@opentelemetry/api'
import type { PipedriveOAuth } from '@pd/oauth-core'
import { checkSetup, yesOrNo, type Rules } from '@pd/oauth-core/adapter'
import { observeHealth } from './observe-health.ts'
import { scopeName } from './names.ts'
import { recordMetrics } from './record-metrics.ts'
import { recordSpans } from './record-spans.ts'

/** The options of `instrument()`. */
export interface InstrumentOptions {
  /** Makes the metrics. Default: the meter `@pd/oauth-otel` of the global meter provider. */
  readonly meter?: Meter | undefined
  /** Makes the spans. Default: the tracer `@pd/oauth-otel` of the global tracer provider. */
  readonly tracer?: Tracer | undefined
  /**
   * Whether each collection of the metrics asks `oauth.health()`, which counts in the store: for the gauges of installations,
   * of what is due and of unsaved tokens. Default: true.
   */
  readonly health?: boolean | undefined
}

const rules: Rules<InstrumentOptions> = {
  meter: [(value) => has(value, 'createCounter'), 'a Meter of OpenTelemetry'],
  tracer: [(value) => has(value, 'startSpan'), 'a Tracer of OpenTelemetry'],
  health: yesOrNo,
}

/**
 * Records spans and metrics of a client, from its events. Call it once per client, after the SDK of OpenTelemetry has
 * started. Returns a function that ends it.
 *
 * A call that is served from memory is no event, so it costs nothing more.
 *
 * @throws {ConfigurationError} `invalid_configuration`, which names every unknown option and every wrong value
 * @example
 * ```ts
 * import { instrument } from '@pd/oauth-otel'
 *
 * const stop = instrument(oauth)
 * ```
 */
export function instrument(oauth: PipedriveOAuth, options: InstrumentOptions = {}): () => void {
  checkSetup('instrument()', options, rules)
  const { meter = metrics.getMeter(scopeName), tracer = trace.getTracer(scopeName), health = true } = options
  const parts = [
    oauth.subscribe(recordMetrics(meter)),
    oauth.subscribe(recordSpans(tracer)),
    ...(health ? [observeHealth(oauth, meter)] : []),
  ]
  return () => {
    for (const end of parts) end()
  }
}

function has(value: unknown, method: string): boolean {
  return typeof Reflect.get(Object(value), method) === 'function'
}
