import type { AppRegistration } from '../app-registration.ts'
import type { User } from '../directory.ts'

/** Returns the legacy `POST` to the callback URL when an admin shares the app with a user or stops sharing it. */
export function sharingNotice(app: AppRegistration, user: User, isShared: boolean): Request {
  return new Request(app.redirectUri, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ company_id: user.companyId, user_id: user.id, isShared }),
  })
}
