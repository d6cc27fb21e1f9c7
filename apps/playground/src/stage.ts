import type { InstallationId } from '@pd/oauth-core'
import type { FakePipedrive, ScriptedFault } from '@pd/fake-pipedrive'
import type { MovableClock } from './clock.ts'

/** What the fake Pipedrive can be told to do. */
export interface Stage {
  /** Where the fake listens. */
  readonly origin: string
  /** The page on which it shows the app's panel to a user. */
  panelPage(id: InstallationId): string
  /** Whether its token endpoint answers 503 at present. */
  readonly isOut: boolean
  setOutage(isOut: boolean): void
  /** An hour passes, for Pipedrive and for the library: every access token is past its time. */
  letAnHourPass(): void
  /** The access tokens of a user die before their time: the API answers 401. */
  killAccessToken(id: InstallationId): void
  isInstalled(id: InstallationId): boolean
  /**
   * The user removes the app at Pipedrive. Resolves to the status with which the notice was answered; undefined
   * when the notice got lost on its way, or the app was not installed.
   */
  uninstall(id: InstallationId, notice: 'sent' | 'lost'): Promise<number | undefined>
}

export const anHourMs = 3_600_000

export function createStage(fake: FakePipedrive, clock: MovableClock, origin: string): Stage {
  let outage: ScriptedFault | undefined
  return {
    origin,
    panelPage: (id) => `${origin}/__fake/panel?user=${id}`,
    get isOut() {
      return outage !== undefined
    },
    setOutage(isOut) {
      outage?.remove()
      outage = isOut
        ? fake.faults.add({ endpoint: 'token', times: Infinity, fault: { type: 'status', status: 503 } })
        : undefined
    },
    letAnHourPass: () => clock.forward(anHourMs),
    killAccessToken: (id) => fake.killAccessTokens(id),
    isInstalled: (id) => fake.installations().some((installation) => installation.id === id),
    async uninstall(id, notice) {
      if (!this.isInstalled(id)) return undefined
      const { response } = await fake.uninstall(id, notice === 'lost' ? { deliver: false } : {})
      return response?.status
    },
  }
}
