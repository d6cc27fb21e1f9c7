import type { AppRegistration } from '../app-registration.ts'
import type { User } from '../directory.ts'
import { basicAuthorization } from '../oauth/client-authentication.ts'

/** The form of an uninstall notice. Pipedrive documents neither the type of the ids nor the form of the timestamp. */
export interface UninstallNoticeOptions {
  /** When the user uninstalled, in epoch milliseconds. Default: now. */
  readonly timestamp?: number | undefined
  /** The type of the ids. Default: `number`. */
  readonly idsAs?: 'number' | 'string' | undefined
  /** The form of the timestamp. Default: `iso`. */
  readonly timestampAs?: 'iso' | 'seconds' | 'milliseconds' | undefined
}

/** Returns the `DELETE` that Pipedrive sends to the callback URL after an uninstall. */
export function uninstallNotice(
  app: AppRegistration,
  user: User,
  {
    timestamp,
    idsAs = 'number',
    timestampAs = 'iso',
  }: UninstallNoticeOptions & { readonly timestamp: number },
): Request {
  const id = (value: number) => (idsAs === 'string' ? String(value) : value)
  const forms = {
    iso: () => new Date(timestamp).toISOString(),
    seconds: () => Math.floor(timestamp / 1000),
    milliseconds: () => timestamp,
  }
  return new Request(app.redirectUri, {
    method: 'DELETE',
    headers: {
      authorization: basicAuthorization(app),
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      client_id: app.clientId,
      company_id: id(user.companyId),
      user_id: id(user.id),
      timestamp: forms[timestampAs](),
    }),
  })
}
