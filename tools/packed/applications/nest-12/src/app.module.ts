import { Module } from '@nestjs/common'
import { PipedriveModule } from '@pd/oauth-nestjs'
import { DealsController } from './deals.controller.js'

@Module({
  imports: [
    PipedriveModule.forRoot({
      clientId: 'from-the-developer-hub',
      clientSecret: 'from-the-developer-hub',
      redirectUri: 'http://localhost:3000/pipedrive/callback',
      secrets: (process.env.PD_OAUTH_SECRETS ?? '').split(','),
    }),
  ],
  controllers: [DealsController],
})
export class AppModule {}
