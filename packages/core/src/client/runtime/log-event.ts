import type { Log } from './log.ts'
import type { Report, StoreOperation } from './oauth-event.ts'

/** Writes the events into the log that tell of a fault nobody else hears of: no caller and no request waits for it. */
export function logEvent(log: Log, event: Report): void {
  const { type, installationId, reference, durationMs, cause, inBackground } = event
  const about = { installationId, reference, durationMs, cause }
  const kind = type === 'store_failed' ? `${type} ${event.operation}` : type
  const warn = (what: string, code: string, action?: string) =>
    log.warn({ what, code, ...about, action }, kind)
  switch (type) {
    case 'save_failed':
      return log.error({
        what: 'new tokens could not be saved. They are in the memory of this process alone, and saving is tried again',
        code: event.code,
        ...about,
      })
    case 'served_without_store':
      return warn('the store does not answer, and a token from memory was used', event.code)
    case 'refresh_failed':
      return inBackground
        ? warn('a refresh in the background failed. It is tried again', event.code)
        : undefined
    case 'reauthorization_required':
      return inBackground ? warn('a refresh in the background was refused', type) : undefined
    case 'kept_alive': {
      const { failed, refreshed, codes, stopped } = event
      const ended = stopped && stopped.reason !== 'signal' ? `, and ended early (${stopped.reason})` : ''
      if (failed === 0 && ended === '') return
      const reasons = codes.length === 0 ? '' : `: ${codes.join(', ')}`
      const what = `keepAlive() could not refresh ${failed} of ${failed + refreshed} installations${reasons}${ended}`
      return warn(what, 'keep_alive_incomplete', 'See `failures` and `stopped` in the report of keepAlive().')
    }
    case 'client_secret_outdated':
      return warn(
        'Pipedrive rejected the first client secret and accepted another one',
        type,
        'Put the accepted one first in clientSecret.',
      )
    case 'untrusted_api_domain':
      return warn(
        'Pipedrive named an API domain that must not get tokens. The previous one is used',
        type,
        'Set endpoints.api if the domain is that of your own proxy.',
      )
    case 'scopes_missing':
      return warn(
        `a user has not granted these scopes: ${event.scopes.join(', ')}`,
        type,
        'Add them to the app in the Developer Hub, or leave them out of `scopes`; then the user connects again.',
      )
    case 'uninstalled':
      return event.by === 'user'
        ? log.info({
            what: 'a user has uninstalled the app, and the record is deleted',
            code: type,
            ...about,
            action: 'Nothing. To use the app again, the user connects again.',
          })
        : undefined
    case 'store_endangered':
      for (const { status, found, fix } of event.findings) {
        const what = `the token store may lose records: ${found.replace(/\.$/, '')}`
        if (status === 'problem') log.error({ what, code: type, action: fix })
        if (status === 'warning') log.warn({ what, code: type, action: fix }, found)
      }
      return
    case 'store_failed':
      return inBackground ? warn(storeFailure(event.operation), event.code) : undefined
    case 'watch_lost':
      return warn(
        'the store does not tell of changes any more. Until it does, what other processes change is noticed after policy.cacheMs',
        event.code,
      )
    default:
  }
}

/** What follows when the store fails and no caller waits for it. */
const consequences: { readonly [Operation in StoreOperation]?: string } = {
  changed: 'Records are polled instead',
  check: 'What endangers its records is unknown. It is asked again after a minute',
  compareAndSet: 'An entry without a record stays in its index until the next keepAlive()',
}

function storeFailure(operation: StoreOperation): string {
  return `the store failed in ${operation}(). ${consequences[operation] ?? 'It is asked again'}`
}
