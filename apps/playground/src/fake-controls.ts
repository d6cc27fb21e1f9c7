import type { InstallationId } from '@pd/oauth-core'
import type { FakePipedrive, ScriptedFault } from '@pd/fake-pipedrive'
import type { MovableClock } from './clock.ts'

/** What the buttons of the playground can do at the fake Pipedrive. */
export interface FakeControls {
  /** The origin on which the fake listens. */
  readonly origin: string
  /** Returns the address of the fake's page that shows the app's panel to a user. */
  panelPage(id: InstallationId): string
  /** Whether the token endpoint answers 503 now. */
  readonly isOut: boolean
  setOutage(isOut: boolean): void
  /** Moves the time of Pipedrive and of the library forward by an hour, so that every access token expires. */
  letAnHourPass(): void
  /** Makes the access tokens of a user invalid before they expire, so that the API answers 401. */
  killAccessToken(id: InstallationId): void
  isInstalled(id: InstallationId): boolean
  /**
   * Uninstalls the app for a user at Pipedrive. Resolves to the status with which the app answered the notice; to
   * undefined if the notice was lost or the app was not installed.
   */
  uninstall(id: InstallationId, notice: 'sent' | 'lost'): Promise<number | undefined>
}

export const anHourMs = 3_600_000

export function createFakeControls(fake: FakePipedrive, clock: MovableClock, origin: string): FakeControls {
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
