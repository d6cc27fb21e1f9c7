import type { InstallationId } from '../../machine/account.ts'
import type { InstallationState } from '../../machine/installation/state.ts'
import { TokenEndpointError } from '../../errors.ts'
import { withAction } from '../runtime/action-for.ts'
import { ofApp, type AppIdentity } from '../runtime/app-of-error.ts'

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

/** @throws {TokenEndpointError} `client_rejected`, if another app has written the record */
export function expectOwn(id: InstallationId, state: InstallationState | undefined, app: AppIdentity): void {
  if (state !== undefined && state.clientId !== app.clientId)
    throw ofApp(foreignRecord(id, state.clientId, app.clientId), app)
}

/** What to do if two apps use one store. */
export const separateApps =
  'Compare clientId in all processes that share this store. Two apps need two stores, or two tables or prefixes.'
