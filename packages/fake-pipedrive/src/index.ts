export type { Administration } from './administration.ts'
export type { AppRegistration } from './app-registration.ts'
export type { Call, CallFilter } from './call-log.ts'
export { systemClock, type Clock } from './clock.ts'
export type { Company, CompanyInput, CompanyRef, Plan, User, UserInput, UserRef } from './directory.ts'
export { FakeAssertionError, type Expectations } from './expectations.ts'
export { createFakePipedrive, type FakePipedrive } from './fake-pipedrive.ts'
export type { Fault, FaultPlan, FaultTarget, Timing } from './faults/fault.ts'
export type { FaultScript, ScriptedFault } from './faults/fault-script.ts'
export type { Gate } from './faults/gate.ts'
export type { Listening, ListenOptions } from './http/listen.ts'
export type { Endpoint } from './http/site.ts'
export type { Installation, InstallationInput } from './installation.ts'
export { manualClock, type ManualClock, type ManualClockOptions } from './manual-clock.ts'
export type { ExtensionTokenOptions } from './notices/extension-token.ts'
export type { UninstallNoticeOptions } from './notices/uninstall-notice.ts'
export type { TokenResponse } from './oauth/token-response.ts'
export type { AppFetch, FakePipedriveOptions } from './options.ts'
export { runningClock, type RunningClock } from './running-clock.ts'
export {
  connectedInstallation,
  expiredInstallation,
  spentInstallation,
  uninstalledInstallation,
  type Scene,
  type SceneOptions,
} from './scenes.ts'
export { StoppedClockError } from './stopped-clock.ts'

if (!('withResolvers' in Promise && 'fromAsync' in Array))
  throw new Error('@pd/fake-pipedrive needs Node 22 or newer, or another runtime of that age.')
