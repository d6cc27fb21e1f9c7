import { Inject, Injectable } from '@nestjs/common'
import { createOAuthHandler, PipedriveOAuth, type CallbackResult, type Installation } from '@pd/oauth-core'
import { oauthPaths } from '@pd/oauth-core/adapter'
import type { FakePipedrive, UserRef } from '@pd/fake-pipedrive'

/** The token under which `PipedriveTestingModule` provides its fake Pipedrive. */
export const FAKE_PIPEDRIVE = Symbol('FAKE_PIPEDRIVE')

/** A user who has connected. */
export interface ConnectedUser {
  readonly installation: Installation
  /** The `Cookie` header with which the user's browser comes back: the session is in it. */
  readonly cookie: string
}

/** The fake Pipedrive of a test, and its users. `PipedriveTestingModule` provides it. */
@Injectable()
export class PipedriveTesting {
  constructor(
    @Inject(PipedriveOAuth) private readonly oauth: PipedriveOAuth,
    @Inject(FAKE_PIPEDRIVE) readonly fake: FakePipedrive,
  ) {}

  /**
   * Connects a user as a browser would: through the install link, the consent page and the callback. `user`: one of
   * `fake.users`. Default: the first.
   */
  async connect(user?: UserRef): Promise<ConnectedUser> {
    let result: CallbackResult | undefined
    const handle = createOAuthHandler(this.oauth, { onConnected: (connected) => void (result = connected) })
    const { redirectUri } = this.oauth
    const started = await handle(new Request(new URL(oauthPaths(redirectUri).install, redirectUri)))
    const callback = await this.fake.approve(started?.headers.get('location') ?? '', { user })
    const answer = await handle(new Request(callback, { headers: { cookie: cookiesOf(started) } }))
    if (result === undefined) throw new Error(`The callback was answered with ${answer?.status}`)
    return { installation: result.installation, cookie: cookiesOf(answer) }
  }
}

function cookiesOf(answer: Response | undefined): string {
  const cookies = answer?.headers.getSetCookie() ?? []
  return cookies.map((cookie) => cookie.slice(0, cookie.indexOf(';'))).join('; ')
}
