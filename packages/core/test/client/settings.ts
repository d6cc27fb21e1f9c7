import { manualClock } from '@pd/fake-pipedrive'
import { resolveOptions } from '../../src/client/options.ts'
import { Sealer } from '../../src/client/records/sealer.ts'
import { fullClock } from '../../src/client/runtime/clock.ts'
import { SecretSource, type Secrets } from '../../src/client/runtime/secret-source.ts'
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

/** A sealer with these secrets. */
export function sealerOf(secrets: Secrets, purpose = 'records', asksAgain = false): Sealer {
  return new Sealer(new SecretSource(secrets, [], fullClock(manualClock())), purpose, asksAgain)
}
