import * as v from 'valibot'
import { isInstallationId, type InstallationId } from '../../machine/account.ts'
import { CallbackError, ReauthorizationRequiredError } from '../../errors.ts'
import type { Driver } from '../records/driver.ts'
import { SealedPayloads } from '../records/sealed-payload.ts'
import type { Sealer } from '../records/sealer.ts'
import { aDuration, checkOptions } from '../runtime/check-options.ts'
import type { Settings } from '../runtime/settings.ts'
import { defaultReconnectLinkMs } from './sealed-lifetimes.ts'
import { oauthPaths } from './web-paths.ts'

/** The name under which links are sealed, and the format number of their payload. */
const sealName = 'reconnect'
const format = 1

const reconnectLink = v.object({
  installationId: v.custom<InstallationId>(isInstallationId),
  grantId: v.string(),
  expiresAt: v.number(),
})
type ReconnectLink = v.InferOutput<typeof reconnectLink>

export interface ReconnectLinkOptions {
  /** How long the link works, in milliseconds. Default: 7 days. */
  readonly lifetimeMs?: number | undefined
}

/** Links that a user can be sent, to connect one installation again. */
export class ReconnectLinks {
  readonly #settings: Settings
  readonly #driver: Driver
  readonly #links: SealedPayloads<ReconnectLink>

  constructor(settings: Settings, sealer: Sealer, driver: Driver) {
    this.#settings = settings
    this.#driver = driver
    this.#links = new SealedPayloads(sealer, format, reconnectLink)
  }

  /** Returns the address of a link for this installation. */
  async issue(installationId: InstallationId, options: ReconnectLinkOptions): Promise<string> {
    checkOptions('reconnectLink()', options, { lifetimeMs: aDuration })
    const { lifetimeMs = defaultReconnectLinkMs } = options
    const state = await this.#driver.current(installationId)
    if (state === undefined) throw new ReauthorizationRequiredError('not_installed', installationId)
    const { redirectUri, clock } = this.#settings
    const sealed = await this.#links.seal(sealName, {
      installationId,
      grantId: state.grantId,
      expiresAt: clock.now() + lifetimeMs,
    })
    const address = new URL(oauthPaths(redirectUri).install, redirectUri)
    address.searchParams.set('reconnect', sealed)
    return address.href
  }

  /** Returns the installation of a link that still works. */
  async read(sealed: string): Promise<InstallationId> {
    const opened = await this.#links.open(sealName, sealed)
    if (!opened.ok) throw new CallbackError('link_expired')
    const { installationId, grantId, expiresAt } = opened.payload
    const isLate = this.#settings.clock.now() >= expiresAt
    const state = isLate ? undefined : await this.#driver.current(installationId)
    const isUsed = state !== undefined && state.grantId !== grantId
    if (isLate || isUsed) throw new CallbackError('link_expired', { installationId })
    return installationId
  }
}
