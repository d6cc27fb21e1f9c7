import {
  InvalidArgumentError,
  ReauthorizationRequiredError,
  type Adoption,
  type InstallationId,
  type PipedriveOAuth,
} from '@pd/oauth-core'
import { errorText } from '../error-text.ts'
import { renaming, type readTokenRow, type TokenRow } from './token-row.ts'

/** The result of one row. */
export interface Imported {
  readonly place: string
  /**
   * What `oauth.adopt()` did. `ended`: kept, because Pipedrive has refused these tokens before. `valid`: without --dry-run the row
   * would be adopted. `skipped`: a row of another provider in a table of accounts, or a deleted connection. `repeated`: another
   * row of the source, `sameAs`, has the same user or the same refresh token. `not_tried`: the import was interrupted before
   * this row.
   */
  readonly outcome: Adoption['outcome'] | 'ended' | 'valid' | 'failed' | 'skipped' | 'repeated' | 'not_tried'
  readonly id?: InstallationId
  readonly reference?: string
  readonly problem?: string
  readonly sameAs?: string
  /** The row was kept, because it does not say when its tokens were received. */
  readonly isUndated?: true
  /** What could not be used. */
  readonly warnings?: readonly string[]
}

/** A row, and its place for messages. */
export interface ReadRow {
  readonly place: string
  readonly read: ReturnType<typeof readTokenRow> | RepeatedRow
}

/** A row that is left out, because another one has the same user or the same refresh token. */
export interface RepeatedRow {
  /** The place of the other row. */
  readonly sameAs: string
}

export interface ImportMode {
  /** Undefined: a dry run, or no row holds tokens. */
  readonly oauth: PipedriveOAuth | undefined
  /** Whether Pipedrive is asked about each row. */
  readonly verify: boolean
  /** The installation into which the row was imported before, if what is stored there is as new or newer. */
  readonly stored: InstallationId | undefined
}

export async function importRow({ place, read }: ReadRow, mode: ImportMode): Promise<Imported> {
  if ('problem' in read) return { place, outcome: 'failed', problem: read.problem }
  if ('isForeign' in read) return { place, outcome: 'skipped' }
  if ('sameAs' in read) return { place, outcome: 'repeated', sameAs: read.sameAs }
  const { account, reference } = read.options
  const named: InstallationId | undefined = account && `${account.companyId}:${account.userId}`
  const about = {
    place,
    ...(reference !== undefined && { reference }),
    ...(read.warnings.length > 0 && { warnings: read.warnings }),
  }
  const { oauth } = mode
  if (oauth === undefined) return { ...about, outcome: 'valid' }
  const id = mode.stored ?? named
  try {
    const result = await adopted(oauth, read, mode)
    const isUndated = result.outcome === 'kept' && read.options.obtainedAt === undefined
    return { ...about, ...result, ...(isUndated && { isUndated }) }
  } catch (error) {
    return { ...about, outcome: 'failed', ...(id && { id }), problem: problemOf(error, read, mode) }
  }
}

type Outcome = Pick<Imported, 'outcome' | 'id' | 'problem'>

async function adopted(
  oauth: PipedriveOAuth,
  { tokens, options }: TokenRow,
  { stored, verify }: ImportMode,
): Promise<Outcome> {
  if (stored !== undefined) return verify ? checked(oauth, stored) : { outcome: 'kept', id: stored }
  const { installation, outcome } = await oauth.adopt(tokens, { ...options, verify })
  const { id } = installation
  const isEnded = outcome === 'kept' && (await installation.describe())?.disconnected !== undefined
  if (!isEnded) return { outcome, id }
  const problem = `Pipedrive has ended this grant. For an address to send to the user: pd-oauth reconnect-link ${id}`
  return { outcome: 'ended', id, problem }
}

/** Asks Pipedrive with the stored tokens, which are as new as those of the row or newer. */
async function checked(oauth: PipedriveOAuth, id: InstallationId): Promise<Outcome> {
  const { data } = await oauth
    .installation(id)
    .api<{ readonly data: { readonly id: number; readonly company_id: number } }>('/api/v1/users/me')
  const actual = `${data.company_id}:${data.id}`
  if (actual === id) return { outcome: 'kept', id }
  const problem = `Pipedrive says that this is ${actual}, but it was imported as ${id}: ${renaming}. To remove the wrong one: pd-oauth forget ${id}`
  return { outcome: 'failed', id, problem }
}

function problemOf(error: unknown, { columns }: TokenRow, { stored, verify }: ImportMode): string {
  const text = errorText(error).split('\n')[0] ?? ''
  if (verify && error instanceof InvalidArgumentError) {
    const named = [columns.companyId, columns.userId].filter((column) => column !== undefined).join(' and ')
    return `${error.problems.join('; ')}. The values of ${named} are not Pipedrive's: ${renaming}`
  }
  if (!(error instanceof ReauthorizationRequiredError)) return text
  return stored === undefined
    ? `${text}. Nothing was stored; the user connects again by the install link of your application`
    : `${text}. For an address to send to the user: pd-oauth reconnect-link ${stored}`
}
