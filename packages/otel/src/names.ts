/** The scope of every span and metric of this package. */
export const scopeName = '@pd/oauth-otel'

/** The names of the metrics. Durations are in seconds. No metric carries the id of an installation. */
export const metricNames = {
  /** Histogram. Refreshes of this process by `outcome`, and how long Pipedrive and the save took. */
  refreshDuration: 'pipedrive.oauth.refresh.duration',
  /** Histogram. How long calls waited for a refresh of another process. */
  waitDuration: 'pipedrive.oauth.wait.duration',
  /** Counter. Refreshes taken over from a process that did not end them in time. */
  leaseTakeovers: 'pipedrive.oauth.lease_takeovers',
  /** Histogram. Calls to the token store by `operation`; only for a store that `instrumentStore` returned. */
  storeDuration: 'pipedrive.oauth.store.duration',
  /** Counter. Writes that another process came before; only for a store that `instrumentStore` returned. */
  storeConflicts: 'pipedrive.oauth.store.conflicts',
  /** Counter. Calls to the token store that failed, by `operation`. */
  storeFailures: 'pipedrive.oauth.store.failures',
  /** Counter. Tokens that were handed out from memory because the store did not answer. */
  servedWithoutStore: 'pipedrive.oauth.served_without_store',
  /** Gauge. Tokens that are in the memory of this process alone, because they could not be saved. */
  unsavedTokens: 'pipedrive.oauth.unsaved_tokens',
  /** Counter. Installations by what happened to them: `change`. */
  installationChanges: 'pipedrive.oauth.installation.changes',
  /** Histogram. Consents by `outcome`, from the install link to the end. */
  consentDuration: 'pipedrive.oauth.consent.duration',
  /** Counter. Requests of the web flow and of guarded pages that were answered with an error. */
  requestsRefused: 'pipedrive.oauth.requests_refused',
  /** Histogram. Requests to the API of Pipedrive. */
  apiDuration: 'pipedrive.oauth.api.duration',
  /** Counter. Answers 429 of the API by `limit`. */
  rateLimited: 'pipedrive.oauth.rate_limited',
  /** Histogram. Runs of `keepAlive()`. */
  keepAliveDuration: 'pipedrive.oauth.keep_alive.duration',
  /** Counter. Installations that runs of `keepAlive()` came to, by `outcome`. */
  keepAliveInstallations: 'pipedrive.oauth.keep_alive.installations',
  /** Gauge. How many installations were still due when the last run of `keepAlive()` in this process ended. */
  keepAliveLeft: 'pipedrive.oauth.keep_alive.left',
  /** Gauge. How long the first refresh token of these was still valid then. */
  keepAliveMargin: 'pipedrive.oauth.keep_alive.margin',
  /** Gauge. The installations in the store, by `status`: `refreshable`, and `needs_attention`, which may be both. */
  installations: 'pipedrive.oauth.installations',
  /** Gauge. Installations that a daily `keepAlive()` should have refreshed more than a day ago. */
  overdue: 'pipedrive.oauth.overdue',
  /** Gauge. How far the clock of this process is ahead of Pipedrive's. */
  clockOffset: 'pipedrive.oauth.clock_offset',
  /** Gauge. 1 if the store answers, else 0. */
  storeUp: 'pipedrive.oauth.store.up',
  /**
   * Gauge. 1 while the memory of this process hears of changes that other processes make, else 0: then it is believed for
   * `policy.cacheMs`. Missing, if the store has no `watch`, if `policy.cacheMs` is 0, and while memory is not used.
   */
  watchUp: 'pipedrive.oauth.watch.up',
} as const

/** The names of the spans. */
export const spanNames = {
  refresh: 'pipedrive.oauth.refresh',
  wait: 'pipedrive.oauth.wait',
  consent: 'pipedrive.oauth.consent',
  keepAlive: 'pipedrive.oauth.keep_alive',
} as const

/** The names of the attributes. */
export const attributeNames = {
  /** Of spans only, such as `123:456`. */
  installationId: 'pipedrive.installation.id',
  /** Of spans only: the application's own name of the tenant or user. */
  reference: 'pipedrive.installation.reference',
  outcome: 'pipedrive.oauth.outcome',
  change: 'pipedrive.oauth.change',
  operation: 'pipedrive.oauth.operation',
  limit: 'pipedrive.oauth.limit',
  status: 'pipedrive.oauth.status',
  /** The code of the error. As in the semantic conventions of OpenTelemetry. */
  errorType: 'error.type',
  httpStatus: 'http.response.status_code',
  httpMethod: 'http.request.method',
} as const
