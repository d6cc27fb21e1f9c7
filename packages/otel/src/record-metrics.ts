import type { Attributes, Meter } from '@opentelemetry/api'
import type { OAuthEvent } from '@pd/oauth-core'
import { codeOf } from './code-of.ts'
import { attributeNames, metricNames } from './names.ts'

/** Bounds of histograms, in seconds: from one round trip to a store up to the longest that a call may take. */
const seconds = {
  unit: 's',
  advice: { explicitBucketBoundaries: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] },
}
/** Bounds for what waits for people, and for long runs. */
const minutes = {
  unit: 's',
  advice: { explicitBucketBoundaries: [1, 5, 15, 30, 60, 120, 300, 600, 1_800, 3_600] },
}

/** Returns a listener that counts and measures. */
export function recordMetrics(meter: Meter): (event: OAuthEvent) => void {
  const refreshes = meter.createHistogram(metricNames.refreshDuration, {
    ...seconds,
    description: 'Refreshes of this process',
  })
  const waits = meter.createHistogram(metricNames.waitDuration, {
    ...seconds,
    description: 'Waits for a refresh of another process',
  })
  const takeovers = meter.createCounter(metricNames.leaseTakeovers, {
    unit: '{refresh}',
    description: 'Refreshes taken over from a process that did not end them',
  })
  const storeFailures = meter.createCounter(metricNames.storeFailures, {
    unit: '{call}',
    description: 'Calls to the token store that failed',
  })
  const withoutStore = meter.createCounter(metricNames.servedWithoutStore, {
    unit: '{token}',
    description: 'Tokens handed out from memory because the store did not answer',
  })
  const changes = meter.createCounter(metricNames.installationChanges, {
    unit: '{installation}',
    description: 'What happened to installations',
  })
  const consents = meter.createHistogram(metricNames.consentDuration, {
    ...minutes,
    description: 'Users who came back from the consent page',
  })
  const refused = meter.createCounter(metricNames.requestsRefused, {
    unit: '{request}',
    description: 'Requests answered with an error of this library',
  })
  const calls = meter.createHistogram(metricNames.apiDuration, {
    ...seconds,
    description: 'Requests to the API of Pipedrive',
  })
  const limited = meter.createCounter(metricNames.rateLimited, {
    unit: '{response}',
    description: 'Answers 429 of the API of Pipedrive',
  })
  const runs = meter.createHistogram(metricNames.keepAliveDuration, {
    ...minutes,
    description: 'Runs of keepAlive()',
  })
  const kept = meter.createCounter(metricNames.keepAliveInstallations, {
    unit: '{installation}',
    description: 'Installations that runs of keepAlive() came to',
  })

  const left = meter.createGauge(metricNames.keepAliveLeft, {
    unit: '{installation}',
    description: 'Installations still due after the last run of keepAlive()',
  })
  const margin = meter.createGauge(metricNames.keepAliveMargin, {
    unit: 's',
    description: 'How long the first refresh token of these was still valid',
  })

  return (event) => {
    const took = (event.durationMs ?? 0) / 1_000
    const error = errorOf(event)
    switch (event.type) {
      case 'reauthorization_required':
      case 'refreshed':
      case 'rival_token_adopted':
      case 'refresh_failed':
      case 'refresh_contested':
      case 'refresh_discarded':
      case 'save_failed':
        if (event.type === 'reauthorization_required') changes.add(1, { [attributeNames.change]: event.type })
        if (event.durationMs !== undefined)
          refreshes.record(took, { [attributeNames.outcome]: event.type, ...error })
        return
      case 'waited':
        return waits.record(took, error)
      case 'lease_taken_over':
        return takeovers.add(1)
      case 'store_failed':
        return storeFailures.add(1, { [attributeNames.operation]: event.operation, ...error })
      case 'served_without_store':
        return withoutStore.add(1, error)
      case 'installed':
        if (event.durationMs !== undefined) consents.record(took, { [attributeNames.outcome]: event.type })
        return changes.add(1, { [attributeNames.change]: event.type })
      case 'uninstalled':
      case 'forgotten':
        return changes.add(1, { [attributeNames.change]: event.type })
      case 'consent_failed':
        return consents.record(took, { [attributeNames.outcome]: event.type, ...error })
      case 'request_refused':
        return refused.add(1, { [attributeNames.httpStatus]: event.status, ...error })
      case 'api_response':
        return calls.record(took, {
          [attributeNames.httpMethod]: event.method,
          ...(event.status === undefined
            ? { [attributeNames.errorType]: 'no_answer' }
            : { [attributeNames.httpStatus]: event.status }),
        })
      case 'rate_limited':
        return limited.add(1, { [attributeNames.limit]: event.limit })
      case 'kept_alive':
        runs.record(took)
        if (event.left !== undefined) left.record(event.left)
        if (event.soonestExpiryAt !== undefined) margin.record((event.soonestExpiryAt - event.at) / 1_000)
        for (const outcome of ['refreshed', 'skipped', 'failed', 'forgotten'] as const)
          if (event[outcome] > 0) kept.add(event[outcome], { [attributeNames.outcome]: outcome })
        return
      default:
    }
  }
}

function errorOf(event: OAuthEvent): Attributes {
  const code = codeOf(event)
  return code === undefined ? {} : { [attributeNames.errorType]: code }
}
