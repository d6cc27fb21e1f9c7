import type { Driver } from '../records/driver.ts'
import type { Sealer } from '../records/sealer.ts'
import type { Settings } from '../runtime/settings.ts'
import type { TokenEndpoint } from '../tokens/token-endpoint.ts'
import { Consent } from './consent.ts'
import { Grants } from './grants.ts'
import { ReconnectLinks } from './reconnect-links.ts'

/** The parts of a client that connecting needs. */
export interface ConnectionParts {
  readonly settings: Settings
  readonly driver: Driver
  readonly endpoint: TokenEndpoint
  /** Seals what the user's browser keeps. */
  readonly cookies: Sealer
}

/** The ways in which an installation begins: consent, adopted tokens, a legacy API token, a link to connect again. */
export class Connections {
  readonly grants: Grants
  readonly consent: Consent
  readonly reconnectLinks: ReconnectLinks

  constructor({ settings, driver, endpoint, cookies }: ConnectionParts) {
    this.grants = new Grants(settings, driver, endpoint)
    this.consent = new Consent(settings, cookies, endpoint, this.grants)
    this.reconnectLinks = new ReconnectLinks(settings, cookies, driver)
  }
}
