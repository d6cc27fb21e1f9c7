/** The store that installations are kept in: override it in a test. */
export const PIPEDRIVE_STORE = Symbol('PIPEDRIVE_STORE')

/** The `fetch` that every request to Pipedrive goes through: override it in a test. */
export const PIPEDRIVE_FETCH = Symbol('PIPEDRIVE_FETCH')
