export { CurrentInstallation } from './current-installation.decorator.ts'
export { InstallationGuard } from './installation.guard.ts'
export { InstallationIdentifier } from './installation-identifier.ts'
export {
  OnPipedriveEvent,
  type PipedriveEvent,
  type PipedriveEventOptions,
  type PipedriveEventType,
} from './on-pipedrive-event.decorator.ts'
export { type PipedriveContext, type PlatformRequest, type PlatformResponse } from './pipedrive-context.ts'
export { PIPEDRIVE_FETCH, PIPEDRIVE_STORE } from './pipedrive.constants.ts'
export { PipedriveExceptionFilter } from './pipedrive-exception.filter.ts'
export { PipedriveHealthIndicator, type PipedriveHealth } from './pipedrive.health.ts'
export { PipedriveKeepAlive } from './pipedrive-keep-alive.ts'
export {
  type PipedriveModuleOptions,
  type PipedriveOptionsFactory,
} from './pipedrive-module-options.interface.ts'
export { PipedriveModule } from './pipedrive.module.ts'
export { RequireScopes } from './require-scopes.decorator.ts'
export { SkipInstallation } from './skip-installation.decorator.ts'
