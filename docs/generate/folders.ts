import { fileURLToPath } from 'node:url'

/** The repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** What is written by hand. */
export const sources = fileURLToPath(new URL('..', import.meta.url))

/** What VitePress reads: what is written by hand, and what is generated. Not committed. */
export const site = fileURLToPath(new URL('../.site', import.meta.url))
