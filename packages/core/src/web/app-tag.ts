import type { PipedriveOAuth } from '../client/pipedrive-oauth.ts'

/**
 * Returns a short name of the app, for the names of cookies: a hash of its client id and callback address. Two apps with the
 * same name would share cookies that neither of them can open.
 */
export function appTag({ clientId, redirectUri }: PipedriveOAuth): string {
  let hash = 0n
  for (const byte of new TextEncoder().encode(`${clientId} ${redirectUri}`))
    hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffn
  return hash.toString(36).padStart(8, '0')
}
