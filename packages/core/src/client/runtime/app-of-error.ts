import { PipedriveOAuthError } from '../../errors.ts'

/** What tells two apps apart. */
export interface AppIdentity {
  readonly clientId: string
  readonly redirectUri: string
}

/** Shared by all copies of this package in a process. */
const app = Symbol.for('pd-oauth.app')

interface Marked {
  readonly [app]?: string
}

/** Returns the error, which from now on belongs to this app. An error that belongs to an app already stays as it is. */
export function ofApp<E>(error: E, owner: AppIdentity): E {
  if (error instanceof PipedriveOAuthError && !(app in error))
    Object.defineProperty(error, app, { value: nameOf(owner) })
  return error
}

/** Returns whether an error belongs to another app. An error that an application made itself belongs to none. */
export function isOfOtherApp(error: PipedriveOAuthError, own: AppIdentity): boolean {
  const owner = (error as Marked)[app]
  return owner !== undefined && owner !== nameOf(own)
}

function nameOf({ clientId, redirectUri }: AppIdentity): string {
  return `${clientId} ${redirectUri}`
}
