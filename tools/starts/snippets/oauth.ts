import { PipedriveOAuth } from '@pd/oauth-core'
import { store } from './store.ts'

const { env } = process

export const oauth = new PipedriveOAuth({
  clientId: env['PIPEDRIVE_CLIENT_ID'] ?? '',
  clientSecret: env['PIPEDRIVE_CLIENT_SECRET'] ?? '',
  redirectUri: env['PIPEDRIVE_REDIRECT_URI'] ?? '',
  secrets: (env['PD_OAUTH_SECRETS'] ?? '').split(','), // they seal what is stored; the newest first
  endpoints: { oauth: env['PIPEDRIVE_ORIGIN'], api: env['PIPEDRIVE_ORIGIN'] }, // unset: the real Pipedrive
  store,
})
