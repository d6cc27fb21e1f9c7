import { Controller, Get, Module, Res, type INestApplication, type Type } from '@nestjs/common'
import { ReauthorizationRequiredError } from '@pd/oauth-core'
import { PipedriveModule, type PipedriveModuleOptions } from '../../../src/index.ts'
import type { Platform } from '../../start-app.ts'
import { DealsController } from '../deals.controller.ts'

/** A response of Express, a reply of Fastify. */
interface Headers {
  header(name: string, value: string): unknown
}

@Controller('ended')
class EndedController {
  @Get()
  find(@Res({ passthrough: true }) response: Headers): never {
    response.header('x-of-handler', 'kept')
    throw new ReauthorizationRequiredError('reauthorization_required', '1001:11')
  }
}

export function keptHeadersModule(options: PipedriveModuleOptions): Type {
  @Module({
    imports: [PipedriveModule.forRoot(options)],
    controllers: [DealsController, EndedController],
  })
  class AppModule {}
  return AppModule
}

/** The name of the session cookie of the fake's own app. */
export const ownSession = 'pd_session_cuhnojph'

/** What the others in an application set on every response. */
const lines: readonly (readonly [string, string])[] = [
  ['set-cookie', 'theirs=1; Path=/'],
  ['set-cookie', 'theirs2=2; Path=/'],
  ['set-cookie', `${ownSession}=theirs; Path=/`],
  ['vary', 'origin'],
  ['x-request-id', 'abc'],
  ['strict-transport-security', 'max-age=31536000'],
  ['cache-control', 'public'],
]

/** Sets them as a team does: with middleware on Express, with a hook on Fastify. */
export function setHeadersOfOthers(app: INestApplication, platform: Platform): void {
  if (platform === 'express')
    app.use(
      (_request: unknown, response: { append(name: string, value: string): unknown }, next: () => void) => {
        for (const [name, value] of lines) response.append(name, value)
        next()
      },
    )
  else
    app
      .getHttpAdapter()
      .getInstance()
      .addHook('onRequest', async (_request: unknown, reply: Headers) => {
        for (const [name, value] of lines) reply.header(name, value)
      })
}
