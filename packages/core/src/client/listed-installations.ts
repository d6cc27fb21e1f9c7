import type { InstallationId } from '../machine/account.ts'
import type { StoreError } from '../errors.ts'
import type { InstallationDescription } from './description.ts'
import { faultOfRecord } from './records/fault-of-record.ts'
import { listedPages } from './records/listing.ts'
import { checkOptions, isPositiveWhole, yesOrNo, type Rules } from './runtime/check-options.ts'
import type { Settings } from './runtime/settings.ts'

/** Which installations are listed. */
export interface InstallationsOptions {
  /** Only those of this company. Default: all companies. */
  readonly companyId?: number | undefined
  /**
   * Only those that somebody should look at: the user has to connect again, or refreshes have been failing for longer than
   * `policy.maximumCooldownMs`. Default: false, all.
   */
  readonly needsAttention?: boolean | undefined
}

/** An installation in a listing. An installation whose record cannot be opened is listed with its error. */
export type ListedInstallation =
  | InstallationDescription
  | { readonly id: InstallationId; readonly status: 'unreadable'; readonly error: StoreError }

const rules: Rules<InstallationsOptions> = {
  companyId: [isPositiveWhole, 'a positive whole number'],
  needsAttention: yesOrNo,
}

type Describe = (id: InstallationId) => Promise<InstallationDescription | undefined>

/** Yields what may be shown of each installation, read one after another by `describe`. */
export async function* listedInstallations(
  settings: Settings,
  describe: Describe,
  options: InstallationsOptions,
): AsyncGenerator<ListedInstallation> {
  checkOptions('installations()', options, rules)
  const { companyId, needsAttention } = options
  const which = {
    ...(companyId === undefined ? {} : { companyId }),
    ...(needsAttention === true ? { attention: true as const } : {}),
  }
  for await (const ids of listedPages(settings, 'installations', which))
    for (const id of ids) {
      const listed = await described(id, describe, settings)
      if (listed !== undefined) yield listed
    }
}

async function described(
  id: InstallationId,
  describe: Describe,
  { secrets }: Settings,
): Promise<ListedInstallation | undefined> {
  try {
    return await describe(id)
  } catch (error) {
    return { id, status: 'unreadable', error: await faultOfRecord(error, secrets) }
  }
}
