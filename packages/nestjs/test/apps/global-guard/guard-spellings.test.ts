import { All, Controller, Module, type Type } from '@nestjs/common'
import { APP_GUARD } from '@nestjs/core'
import { rawRequest } from '@pd/test-support/raw-request'
import { spellingsOfRoutes } from '@pd/test-support/spellings-of-routes'
import { expect, test } from 'vitest'
import { InstallationGuard, PipedriveModule, type PipedriveModuleOptions } from '../../../src/index.ts'
import { createWorld, platforms, startApp, type Platform } from '../../start-app.ts'

const everyPath = { express: '*path', fastify: '*' }

function everyPathModule(options: PipedriveModuleOptions, platform: Platform): Type {
  @Controller()
  class EveryPathController {
    @All(everyPath[platform])
    any(): string {
      return 'reached'
    }
  }

  @Module({
    imports: [PipedriveModule.forRoot({ ...options, routes: false })],
    controllers: [EveryPathController],
    providers: [{ provide: APP_GUARD, useClass: InstallationGuard }],
  })
  class AppModule {}
  return AppModule
}

test.each(platforms)('F97 no spelling of a route passes InstallationGuard on %s', async (platform) => {
  await using world = await createWorld()
  await using running = await startApp(everyPathModule(world.options, platform), { platform })
  const ask = (target: string) =>
    rawRequest(running.origin, [`GET ${target} HTTP/1.1`, 'Host: localhost:3000'])
  expect(await ask('/pipedrive/callback?code=c')).toMatch(/^HTTP\/1.1 200[^]*reached/)
  for (const target of spellingsOfRoutes())
    expect((await ask(target)).slice(0, 'HTTP/1.1 200'.length), target).toBe('HTTP/1.1 401')
  // No path, so no Request can stand for it.
  expect(await ask('http://evil.example/deals')).toMatch(/^HTTP\/1.1 400/)
})
