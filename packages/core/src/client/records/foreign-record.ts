import type { InstallationId } from '../../machine/account.ts'
import { TokenEndpointError } from '../../errors.ts'
import { withAction } from '../runtime/action-for.ts'

/** The error for a record that another app has written. Pipedrive was not asked, and nothing is changed. */
export function foreignRecord(id: InstallationId, writtenBy: string, clientId: string): TokenEndpointError {
  const error = new TokenEndpointError('client_rejected', {
    installationId: id,
    message:
      `This record was written by the client id ${writtenBy}, and this process has the client id ${clientId}. ` +
      'Pipedrive was not asked. The installation is unchanged.',
  })
  return withAction(error, separateApps)
}

/** What to do if two apps use one store. */
export const separateApps =
  'Compare clientId in all processes that share this store. Two apps need two stores, or two tables or prefixes.'
