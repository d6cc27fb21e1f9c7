import QuickLRU from 'quick-lru'
import { readText } from '../../calls/read-text.ts'
import { installationIdOf, type InstallationId } from '../../machine/account.ts'
import type { Verify } from '../../machine/installation/effect.ts'
import { readSharingNotice, readUninstallNotice, type SharingNotice } from '../../protocol/app-notice.ts'
import { isBasicAuthorization } from '../../protocol/basic-credentials.ts'
import { ForbiddenRequestError, PipedriveOAuthError, ReauthorizationRequiredError } from '../../errors.ts'
import { pick, type Driver } from '../records/driver.ts'
import { Abandonment } from '../runtime/abandonment.ts'
import { aRequest, checkArgument } from '../runtime/check-options.ts'
import type { Settings } from '../runtime/settings.ts'
import type { AccessTokens } from '../tokens/access-tokens.ts'

/** The result of an uninstall notice. */
export interface UninstallResult {
  readonly installationId: InstallationId
  /**
   * Whether the installation was deleted. False: it does not exist, belongs to another client id, is newer than the notice,
   * or Pipedrive, asked because the notice does not settle that, refreshes its grant or does not answer. In the last case the
   * same notice may be handled again, and the next refresh finds out in any case.
   */
  readonly removed: boolean
}

/** The longest notice that is read, in bytes. */
const longestNotice = 16 * 1024
/** How long the body of a notice may take to arrive, in milliseconds. */
const longestArrivalMs = 10_000
const withinTime = `and must arrive within ${longestArrivalMs / 1_000} seconds`
/** How many notices this process remembers that Pipedrive had to settle. */
const rememberedNotices = 1_000

/** Carries out what Pipedrive sends to the callback address: uninstall and sharing notices. */
export class Notices {
  readonly #settings: Settings
  readonly #driver: Driver
  readonly #tokens: AccessTokens
  /** Notices that Pipedrive settles, by installation, grant and time: one that comes again gets the same verdict. */
  readonly #settling = new QuickLRU<string, Promise<boolean | undefined>>({ maxSize: rememberedNotices })

  constructor(settings: Settings, driver: Driver, tokens: AccessTokens) {
    this.#settings = settings
    this.#driver = driver
    this.#tokens = tokens
  }

  /** Deletes the installation that Pipedrive's `DELETE` names. Waits for a refresh only if its time leaves open which one. */
  async uninstall(request: Request): Promise<UninstallResult> {
    checkArgument('handleUninstall()', 'request', request, aRequest)
    const { clientId, clientSecrets, emit } = this.#settings
    if (!isBasicAuthorization(request.headers.get('authorization'), clientId, clientSecrets))
      throw new ForbiddenRequestError(
        'bad_credentials',
        'The uninstall notice does not carry the app’s own client id and client secret.',
      )
    const { text, cause } = await this.#bodyOf(request)
    const notice = readUninstallNotice(text)
    if (notice === undefined || (notice.clientId ?? clientId) !== clientId)
      throw new ForbiddenRequestError(
        'malformed_notice',
        `The uninstall notice must be JSON with company_id and user_id, for this app’s client_id, ${withinTime}.`,
        { cause },
      )
    const installationId = installationIdOf(notice)
    const { noticeAt } = notice
    const { effects } = await this.#driver.submitPersistently(installationId, (origin) => ({
      type: 'uninstalled',
      ...origin,
      by: 'user',
      ...(noticeAt === undefined ? {} : { noticeAt }),
    }))
    const verify = pick(effects, 'verify')
    const removed =
      verify === undefined
        ? pick(effects, 'notify') !== undefined
        : await this.#settled(installationId, noticeAt, verify)
    if (!removed) emit({ installationId, type: 'uninstall_ignored' })
    return { installationId, removed }
  }

  /**
   * Emits an event for the legacy sharing `POST`, if there is such an installation. Changes nothing, because Pipedrive does
   * not authenticate it.
   */
  async sharing(request: Request): Promise<SharingNotice> {
    checkArgument('handleSharing()', 'request', request, aRequest)
    const { text, cause } = await this.#bodyOf(request)
    const notice = readSharingNotice(text)
    if (notice === undefined)
      throw new ForbiddenRequestError(
        'malformed_notice',
        `The sharing notice must be JSON with company_id, user_id and isShared, ${withinTime}.`,
        { cause },
      )
    const installationId = installationIdOf(notice)
    if ((await this.#driver.current(installationId)) !== undefined)
      this.#settings.emit({ installationId, type: 'sharing_changed', isShared: notice.isShared })
    return notice
  }

  /**
   * Returns the body of a notice. Returns an empty text if it is too long or too slow, and why, if it broke off or cannot be
   * read.
   */
  async #bodyOf(request: Request): Promise<{ readonly text: string; readonly cause?: unknown }> {
    const tooSlow = new AbortController()
    const cancel = this.#settings.clock.after(longestArrivalMs, () => tooSlow.abort())
    try {
      return { text: (await readText(request, longestNotice, tooSlow.signal)) ?? '' }
    } catch (cause) {
      return { text: '', cause }
    } finally {
      cancel()
    }
  }

  async #settled(id: InstallationId, noticeAt: number | undefined, verify: Verify): Promise<boolean> {
    const key = `${id} ${verify.grantId} ${noticeAt}`
    const settling = this.#settling.get(key) ?? this.#settle(id, verify)
    this.#settling.set(key, settling)
    let verdict: boolean | undefined
    try {
      verdict = await settling
    } finally {
      // Without a time, the next notice may be another one.
      const isSettled = verdict !== undefined && noticeAt !== undefined
      if (!isSettled && this.#settling.get(key) === settling) this.#settling.delete(key)
    }
    return verdict ?? false
  }

  /**
   * Lets Pipedrive settle which grant a notice is about: one whose refresh token it refuses has ended. Undefined: Pipedrive or
   * the store could not be asked.
   */
  async #settle(
    id: InstallationId,
    { grantId, accessToken, isUnderway }: Verify,
  ): Promise<boolean | undefined> {
    const another = (rejected: string) => this.#tokens.get(id, rejected, new Abandonment())
    try {
      const renewed = await another(accessToken)
      if (isUnderway) await another(renewed.accessToken)
      return false
    } catch (error) {
      if (!(error instanceof PipedriveOAuthError)) throw error
      // Without a verdict the record stays. If its grant is dead, the next refresh finds out.
      if (!(error instanceof ReauthorizationRequiredError)) return undefined
    }
    const { effects } = await this.#driver.submitPersistently(id, (origin) => ({
      type: 'uninstalled',
      ...origin,
      by: 'user',
      grantId,
    }))
    return pick(effects, 'notify') !== undefined
  }
}
