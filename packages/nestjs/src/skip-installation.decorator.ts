import { SetMetadata } from '@nestjs/common'

export const SKIP_INSTALLATION = 'pd-oauth:skip-installation'

/** Opens a handler or controller to everybody, if `InstallationGuard` protects the whole controller or application. */
export const SkipInstallation = (): ClassDecorator & MethodDecorator => SetMetadata(SKIP_INSTALLATION, true)
