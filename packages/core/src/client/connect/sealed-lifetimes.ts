import { day } from '../../machine/durations.ts'

/** How long a session lasts unless the application says otherwise, in milliseconds: 30 days. */
export const defaultSessionMs = 30 * day

/** How long a reconnect link works unless the application says otherwise, in milliseconds: 7 days. */
export const defaultReconnectLinkMs = 7 * day
