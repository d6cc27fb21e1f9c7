/** The token of the store that keeps the installations. Override it in a test. */
export const PIPEDRIVE_STORE = Symbol('PIPEDRIVE_STORE')

/** The token of the `fetch` that sends every request to Pipedrive. Override it in a test. */
export const PIPEDRIVE_FETCH = Symbol('PIPEDRIVE_FETCH')
