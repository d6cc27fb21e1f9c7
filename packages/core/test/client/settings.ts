import { manualClock } from '@pd/fake-pipedrive'
import { resolveOptions } from '../../src/client/options.ts'
import type { Settings } from '../../src/client/runtime/settings.ts'
import type { PipedriveOAuthOptions } from '../../src/index.ts'

export const sealingSecret = 'the-current-sealing-secret-of-tests'

/** Options that can be used as they are. */
export function validOptions(changes: Partial<PipedriveOAuthOptions> = {}): PipedriveOAuthOptions {
  return {
    clientId: 'a-client',
    clientSecret: 'client-secret',
    redirectUri: 'https://app.example.com/pipedrive/callback',
    secrets: [sealingSecret],
    ...changes,
  }
}

/** The same, resolved, with a clock that stands still. */
export function settingsOf(changes: Partial<PipedriveOAuthOptions> = {}): Settings {
  return resolveOptions(validOptions({ clock: manualClock(), ...changes })).settings
}
