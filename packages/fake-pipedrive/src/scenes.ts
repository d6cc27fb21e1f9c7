import { createFakePipedrive, type FakePipedrive } from './fake-pipedrive.ts'
import { installationIdOf, type User, type UserRef } from './directory.ts'
import { manualClock } from './manual-clock.ts'
import type { TokenResponse } from './oauth/token-response.ts'
import type { FakePipedriveOptions } from './options.ts'

/** The options of a scene: those of the fake, and who has installed the app. */
export interface SceneOptions extends FakePipedriveOptions {
  /** Default: the first user. */
  readonly user?: UserRef | undefined
}

/** A fake with one installation. */
export interface Scene<Clock = FakePipedriveOptions['clock']> {
  readonly fake: FakePipedrive
  readonly clock: Clock
  readonly user: User
  /** `companyId:userId`. */
  readonly installationId: string
  /** What the token endpoint answered when the user installed the app. */
  readonly tokens: TokenResponse
  /** When it did, in epoch milliseconds of the clock. */
  readonly obtainedAt: number
}

/**
 * Returns a fake with one user who has installed the app, and the tokens. The clock stands still, unless the options
 * bring another one.
 * @throws {Error} as `createFakePipedrive()`
 * @example
 * const { fake, tokens, clock } = connectedInstallation({ user: 'ada@acme.example' })
 */
export function connectedInstallation<Options extends SceneOptions = object>(
  options?: Options,
): Scene<ClockOf<Options>> {
  const { user: ref, ...own } = (options ?? {}) as SceneOptions
  const clock = own.clock ?? manualClock()
  const fake = createFakePipedrive({ ...own, clock })
  const obtainedAt = typeof clock === 'function' ? clock() : clock.now()
  const tokens = fake.install(ref)
  const { user } = fake.expectInstalled(ref)
  return {
    fake,
    clock: clock as ClockOf<Options>,
    user,
    installationId: installationIdOf(user),
    tokens,
    obtainedAt,
  }
}

type ClockOf<Options> = Options extends { readonly clock: infer Clock }
  ? Clock
  : ReturnType<typeof manualClock>

/** As `connectedInstallation()`, and the access token has expired: the API answers 401, and a refresh works. */
export function expiredInstallation<Options extends SceneOptions = object>(
  options?: Options,
): Scene<ClockOf<Options>> {
  const scene = connectedInstallation(options)
  scene.fake.expireAccessTokens(scene.user)
  return scene
}

/** As `connectedInstallation()`, and the user has uninstalled the app at Pipedrive. The notice was lost. */
export async function uninstalledInstallation<Options extends SceneOptions = object>(
  options?: Options,
): Promise<Scene<ClockOf<Options>>> {
  const scene = connectedInstallation(options)
  await scene.fake.uninstall(scene.user, { deliver: false })
  return scene
}

/** As `connectedInstallation()`, and the company's apps have spent the whole day's budget: the API answers 429. */
export function spentInstallation<Options extends SceneOptions = object>(
  options?: Options,
): Scene<ClockOf<Options>> {
  const scene = connectedInstallation(options)
  scene.fake.setDailyBudget(scene.user.companyId, 0)
  return scene
}
