import type { ListedInstallation } from '@pd/oauth-core'
import type { Output } from '../output.ts'
import { companyNameOf, userNameOf } from './account-name.ts'
import { plainTable } from './plain-table.ts'
import { printable } from './printable.ts'
import { relativeTime } from './relative-time.ts'

const columns = ['ID', 'COMPANY', 'USER', 'STATUS', 'TOKEN EXPIRES', 'GRANT EXPIRES', 'MISSING SCOPES']

/** Returns a table with one installation per line. The references have a column if any installation has one. */
export function installationTable(installations: readonly ListedInstallation[], output: Output): string {
  const references = installations.map(referenceOf)
  const isShown = references.some((reference) => reference !== '')
  const head = [...columns, ...(isShown ? ['REFERENCE'] : [])].map((column) => output.styled('bold', column))
  const rows = installations.map((installation, index) => [
    ...rowOf(installation, output),
    ...(isShown ? [references[index] ?? ''] : []),
  ])
  return plainTable([head, ...rows])
}

/** Returns the details of one installation, one per line. */
export function installationDetails(installation: ListedInstallation, output: Output): string {
  const facts = factsOf(installation, output).filter(([, value]) => value !== undefined && value !== '')
  return plainTable(facts.map(([name, value = '']) => [output.styled('bold', name), value]))
}

function referenceOf(installation: ListedInstallation): string {
  return installation.status === 'unreadable' ? '' : printable(installation.reference ?? '')
}

function rowOf(installation: ListedInstallation, output: Output): string[] {
  const status = statusOf(installation, output)
  if (installation.status === 'unreadable') return [installation.id, '', '', status, '', '', '']
  const { id, account, accessTokenExpiresAt, refreshTokenExpiresAt, missingScopes } = installation
  return [
    id,
    companyNameOf(account),
    userNameOf(account),
    status,
    accessTokenExpiresAt === undefined ? '' : relativeTime(accessTokenExpiresAt),
    refreshTokenExpiresAt === undefined ? '' : relativeTime(refreshTokenExpiresAt),
    printable(missingScopes.join(', ')),
  ]
}

function factsOf(
  installation: ListedInstallation,
  output: Output,
): [name: string, value: string | undefined][] {
  const status = statusOf(installation, output)
  if (installation.status === 'unreadable')
    return [
      ['id', installation.id],
      ['status', status],
      ['problem', installation.error.message],
    ]
  const { id, account, reference, scopes, missingScopes, apiDomain, refreshes, cooldown } = installation
  return [
    ['id', id],
    ['company', companyNameOf(account)],
    ['user', userNameOf(account)],
    ['e-mail', account.email && printable(account.email)],
    ['reference', reference && printable(reference)],
    ['status', status],
    ['written by', installation.writtenBy && printable(installation.writtenBy)],
    ['needs attention', installation.needsAttention ? 'yes' : undefined],
    ['disconnected', instant(installation.disconnected?.since)],
    ['installed', instant(installation.installedAt)],
    ['refreshed', instant(installation.refreshedAt)],
    ['refreshes', String(refreshes)],
    ['token expires', instant(installation.accessTokenExpiresAt)],
    ['grant expires', instant(installation.refreshTokenExpiresAt)],
    ['no refresh before', instant(cooldown?.until)],
    ['scopes', printable(scopes.join(', '))],
    ['missing scopes', printable(missingScopes.join(', '))],
    ['API', apiDomain],
  ]
}

const colours = {
  active: 'green',
  refreshing: 'green',
  in_doubt: 'yellow',
  reauthorization_required: 'red',
  unreadable: 'red',
} as const

function statusOf({ status }: ListedInstallation, output: Output): string {
  return output.styled(colours[status], status)
}

function instant(at: number | undefined): string | undefined {
  return at === undefined ? undefined : `${new Date(at).toISOString()} (${relativeTime(at)})`
}
