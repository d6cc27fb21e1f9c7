import { PipedriveOAuth } from '@pd/oauth-core'

const { PIPEDRIVE_CLIENT_ID = '', PIPEDRIVE_CLIENT_SECRET = '', PIPEDRIVE_REDIRECT_URI = '' } = process.env
const { PIPEDRIVE_ORIGIN: origin = 'https://oauth.pipedrive.com', PD_OAUTH_SECRETS = '' } = process.env

export const oauth = new PipedriveOAuth({
  clientId: PIPEDRIVE_CLIENT_ID,
  clientSecret: PIPEDRIVE_CLIENT_SECRET,
  redirectUri: PIPEDRIVE_REDIRECT_URI,
  secrets: PD_OAUTH_SECRETS.split(','),
  endpoints: { oauth: origin, api: origin },
})
