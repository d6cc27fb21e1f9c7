import { PipedriveOAuth } from '@pd/oauth-core'

/** What a server is set up with, in its environment. */
export interface ServerEnvironment {
  readonly PIPEDRIVE_CLIENT_ID: string
  readonly PIPEDRIVE_CLIENT_SECRET: string
  readonly PIPEDRIVE_REDIRECT_URI: string
  readonly PIPEDRIVE_ORIGIN: string
  readonly PD_OAUTH_SECRETS: string
}

/** The client of a server of one process: it keeps its installations in memory. */
export function createClient(environment: Readonly<Record<string, string | undefined>>): PipedriveOAuth {
  const env = environment as unknown as ServerEnvironment
  return new PipedriveOAuth({
    clientId: env.PIPEDRIVE_CLIENT_ID,
    clientSecret: env.PIPEDRIVE_CLIENT_SECRET,
    redirectUri: env.PIPEDRIVE_REDIRECT_URI,
    endpoints: { oauth: env.PIPEDRIVE_ORIGIN, api: env.PIPEDRIVE_ORIGIN },
    secrets: [env.PD_OAUTH_SECRETS],
  })
}
