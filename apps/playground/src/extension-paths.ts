/** The path of the panel inside Pipedrive. */
export const extensionPath = '/extension'

/** The path to which a user who connects from the panel comes back. */
export const extensionReturnPath = '/extension/return'
