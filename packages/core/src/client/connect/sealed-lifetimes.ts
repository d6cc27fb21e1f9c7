const dayMs = 86_400_000

/** How long a session lasts unless the application says otherwise, in milliseconds: 30 days. */
export const defaultSessionMs = 30 * dayMs

/** How long a reconnect link works unless the application says otherwise, in milliseconds: 7 days. */
export const defaultReconnectLinkMs = 7 * dayMs
