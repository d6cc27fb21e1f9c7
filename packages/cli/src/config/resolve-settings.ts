import type { GlobalOptions } from '../global-options.ts'
import type { Output } from '../output.ts'
import type { Settings } from './settings.ts'

export function resolveSettings(flags: GlobalOptions, _output: Output): Settings {
  return {
    clientId: flags.clientId,
    clientSecret: undefined,
    clientSecretFile: undefined,
    redirectUri: 'http://localhost:33333/callback',
    scopes: [],
    store: 'memory:',
    secrets: { path: '', isCreated: true },
    installation: undefined,
    endpoints: { oauth: flags.oauthOrigin, api: flags.apiOrigin },
    browser: undefined,
    configFile: '',
  }
}
