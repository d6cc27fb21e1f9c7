import { installationIdOf, type InstallationId } from '../../machine/account.ts'
import { readSharingNotice, readUninstallNotice, type SharingNotice } from '../../protocol/app-notice.ts'
import { isBasicAuthorization } from '../../protocol/basic-credentials.ts'
import { ForbiddenRequestError } from '../../errors.ts'
import type { Driver } from '../records/driver.ts'
import type { Settings } from '../runtime/settings.ts'
import { readText } from '../../calls/read-text.ts'

/** What became of an uninstall notice. */
export interface UninstallResult {
  readonly installationId: InstallationId
  /** False: there was no such installation, or it is younger than the notice. */
  readonly removed: boolean
}

/** No notice is longer than this, in bytes. */
const longestNotice = 16 * 1024

/** Carries out the `DELETE` by which Pipedrive says that a user removed the app. It never waits for a refresh. */
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

/** Reports the legacy sharing `POST`. Pipedrive does not authenticate it, so it changes nothing. */
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
