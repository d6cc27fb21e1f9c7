import { installationIdOf, type InstallationId } from '../../machine/account.ts'
import { readSharingNotice, readUninstallNotice, type SharingNotice } from '../../protocol/app-notice.ts'
import { isBasicAuthorization } from '../../protocol/basic-credentials.ts'
import { ForbiddenRequestError } from '../../errors.ts'
import type { Driver } from '../records/driver.ts'
import type { Settings } from '../runtime/settings.ts'
import { readText } from '../../calls/read-text.ts'

/** The result of an uninstall notice. */
export interface UninstallResult {
  readonly installationId: InstallationId
  /**
   * Whether the installation was deleted. False: it does not exist, is newer than the notice, or belongs to another
   * client id.
   */
  readonly removed: boolean
}

/** The longest notice that is read, in bytes. */
const longestNotice = 16 * 1024

/** Deletes the installation that Pipedrive's `DELETE` names. Does not wait for a running refresh. */
export async function handleUninstall(
  request: Request,
  settings: Settings,
  driver: Driver,
): Promise<UninstallResult> {
  const { clientId, clientSecrets, emit } = settings
  if (!isBasicAuthorization(request.headers.get('authorization'), clientId, clientSecrets))
    throw new ForbiddenRequestError(
      'bad_credentials',
      'The uninstall notice does not carry the app’s own client id and client secret.',
    )
  const notice = readUninstallNotice((await readText(request, longestNotice)) ?? '')
  if (notice === undefined || (notice.clientId ?? clientId) !== clientId)
    throw new ForbiddenRequestError(
      'malformed_notice',
      'The uninstall notice must be JSON with company_id and user_id, for this app’s client_id.',
    )
  const installationId = installationIdOf(notice)
  const { noticeAt } = notice
  const { effects } = await driver.submitPersistently(installationId, (at) => ({
    type: 'uninstalled',
    at,
    clientId,
    ...(noticeAt === undefined ? {} : { noticeAt }),
  }))
  const removed = effects.some((effect) => effect.type === 'notify')
  if (!removed) emit({ installationId, type: 'uninstall_ignored' })
  return { installationId, removed }
}

/**
 * Emits an event for the legacy sharing `POST`. Changes no installation, because Pipedrive does not authenticate it.
 */
export async function handleSharing(request: Request, { emit }: Settings): Promise<SharingNotice> {
  const notice = readSharingNotice((await readText(request, longestNotice)) ?? '')
  if (notice === undefined)
    throw new ForbiddenRequestError(
      'malformed_notice',
      'The sharing notice must be JSON with company_id, user_id and isShared.',
    )
  emit({ installationId: installationIdOf(notice), type: 'sharing_changed', isShared: notice.isShared })
  return notice
}
