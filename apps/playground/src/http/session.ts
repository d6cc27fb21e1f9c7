import type { InstallationId, PipedriveOAuth } from '@pd/oauth-core'
import { parse, serialize } from 'hono/utils/cookie'

const cookieName = 'playground_session'
const lifetimeMs = 30 * 86_400_000

/** The installation that a browser looks at, sealed in a cookie of the playground's own, so that the user can switch. */
export class Session {
  readonly #oauth: PipedriveOAuth

  constructor(oauth: PipedriveOAuth) {
    this.#oauth = oauth
  }

  async read(request: Request): Promise<InstallationId | undefined> {
    const sealed = parse(request.headers.get('cookie') ?? '', cookieName)[cookieName]
    return sealed === undefined ? undefined : this.#oauth.readSession(sealed)
  }

  /** Returns a redirect to a page, with the cookie that selects this installation. */
  async redirect(status: 302 | 303, location: string, id: InstallationId): Promise<Response> {
    const sealed = await this.#oauth.issueSession(id, lifetimeMs)
    const cookie = serialize(cookieName, sealed, {
      path: '/',
      httpOnly: true,
      sameSite: 'Lax',
      secure: this.#oauth.redirectUri.startsWith('https:'),
      maxAge: lifetimeMs / 1_000,
    })
    return new Response(null, { status, headers: { location, 'set-cookie': cookie } })
  }
}
