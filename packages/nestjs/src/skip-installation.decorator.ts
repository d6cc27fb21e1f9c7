import { SetMetadata } from '@nestjs/common'

export const SKIP_INSTALLATION = 'pd-oauth:skip-installation'

/** Lets everybody in, where `InstallationGuard` stands before the whole controller or application. */
export const SkipInstallation = (): ClassDecorator & MethodDecorator => SetMetadata(SKIP_INSTALLATION, true)
