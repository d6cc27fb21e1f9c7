import { Controller, Get, Inject, Module, UseGuards, type Type } from '@nestjs/common'
import { PipedriveOAuth, type Installation } from '@pd/oauth-core'
import {
  CurrentInstallation,
  InstallationGuard,
  PipedriveModule,
  type PipedriveModuleOptions,
} from '../../../src/index.ts'

/** A feature of the application that works with one app: behind its guard, and by its client alone. */
function featureOf(name: string, options: PipedriveModuleOptions): Type {
  @Controller(name)
  class FeatureController {
    constructor(@Inject(PipedriveOAuth) private readonly oauth: PipedriveOAuth) {}

    @Get()
    @UseGuards(InstallationGuard)
    find(@CurrentInstallation() installation: Installation): string {
      return `${name} of ${installation.id}`
    }

    @Get('by-client')
    async byClient(): Promise<string> {
      return this.oauth.installation('9:9').accessToken()
    }

    /** Works with a third app, of which no module knows. */
    @Get('by-stranger')
    async byStranger(): Promise<string> {
      const { clientId, clientSecret, redirectUri, secrets } = options
      const another = { clientId: `${clientId}-of-another-app`, clientSecret, redirectUri, secrets }
      return new PipedriveOAuth(another).installation('9:9').accessToken()
    }
  }
  @Module({ imports: [PipedriveModule.forRoot(options)], controllers: [FeatureController] })
  class FeatureModule {}
  return FeatureModule
}

/** An application with two apps of the Marketplace. */
export function twoAppsModule(apps: Readonly<Record<string, PipedriveModuleOptions>>): Type {
  @Module({ imports: Object.entries(apps).map(([name, options]) => featureOf(name, options)) })
  class AppModule {}
  return AppModule
}
