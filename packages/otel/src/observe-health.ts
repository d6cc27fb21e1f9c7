import type { BatchObservableCallback, Meter } from '@opentelemetry/api'
import type { PipedriveOAuth } from '@pd/oauth-core'
import { attributeNames, metricNames } from './names.ts'

/** Makes the gauges that each collection reads from `oauth.health()`. Returns a function that ends them. */
export function observeHealth(oauth: PipedriveOAuth, meter: Meter): () => void {
  const unsaved = meter.createObservableGauge(metricNames.unsavedTokens, {
    unit: '{installation}',
    description: 'Installations whose new tokens are in the memory of this process alone',
  })
  const overdue = meter.createObservableGauge(metricNames.overdue, {
    unit: '{installation}',
    description: 'Installations that keepAlive() should have refreshed',
  })
  const installations = meter.createObservableGauge(metricNames.installations, {
    unit: '{installation}',
    description: 'Installations in the store',
  })
  const clockOffset = meter.createObservableGauge(metricNames.clockOffset, {
    unit: 's',
    description: 'How far the clock is ahead of that of Pipedrive',
  })
  const storeUp = meter.createObservableGauge(metricNames.storeUp, {
    description: 'Whether the store answers',
  })
  const watchUp = meter.createObservableGauge(metricNames.watchUp, {
    description: 'Whether memory hears of changes in the store',
  })
  const gauges = [unsaved, overdue, installations, clockOffset, storeUp, watchUp]

  const observe: BatchObservableCallback = async (result) => {
    const health = await oauth.health()
    result.observe(unsaved, health.unsaved)
    result.observe(storeUp, health.store.isReachable ? 1 : 0)
    if (health.watch !== undefined && health.watch !== 'idle')
      result.observe(watchUp, health.watch === 'standing' ? 1 : 0)
    if (health.overdue !== undefined) result.observe(overdue, health.overdue)
    if (health.clockOffMs !== undefined) result.observe(clockOffset, health.clockOffMs / 1_000)
    if (health.refreshable !== undefined)
      result.observe(installations, health.refreshable, { [attributeNames.status]: 'refreshable' })
    if (health.attention !== undefined)
      result.observe(installations, health.attention.count, { [attributeNames.status]: 'needs_attention' })
  }
  meter.addBatchObservableCallback(observe, gauges)
  return () => meter.removeBatchObservableCallback(observe, gauges)
}
