import type { Meter } from '@opentelemetry/api'
import type { PipedriveOAuth } from '@pd/oauth-core'

export function observeHealth(_oauth: PipedriveOAuth, _meter: Meter): () => void {
  return () => {}
}
