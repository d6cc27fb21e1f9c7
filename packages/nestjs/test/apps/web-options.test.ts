import type { ServerResponse } from 'node:http'
import { Controller, Get, Module, Res, type Type } from '@nestjs/common'
import { ReauthorizationRequiredError } from '@pd/oauth-core'
import { describe, expect, test } from 'vitest'
import { PipedriveModule, type PipedriveModuleOptions } from '../../src/index.ts'
import { connect } from '../connect.ts'
import { createWorld, platforms, recordingLogger, startApp } from '../start-app.ts'
import { appModule } from './sync/app.module.ts'

/** A response of Node, as Express has it, or a reply of Fastify. */
type Answer = ServerResponse | { readonly raw: ServerResponse; hijack(): unknown }

/** A handler that fails when its answer has begun. */
@Controller('late')
class LateController {
  @Get()
  fail(@Res() answer: Answer): never {
    if ('raw' in answer) answer.hijack()
    const response = 'raw' in answer ? answer.raw : answer
    response.writeHead(200)
    response.write('begun, ')
    setTimeout(() => response.end('ended'), 50)
    throw new ReauthorizationRequiredError('reauthorization_required', '1001:11')
  }
}

function lateModule(options: PipedriveModuleOptions): Type {
  @Module({ imports: [PipedriveModule.forRoot(options)], controllers: [LateController] })
  class AppModule {}
  return AppModule
}

describe.each(platforms)('on %s', (platform) => {
  test('sessionMs: 0 sets no session', async () => {
    await using world = await createWorld()
    await using running = await startApp(appModule({ ...world.options, sessionMs: 0 }), { platform })
    await connect(world.fake, running.browser)
    expect((await running.browser.data('/deals')).status).toBe(401)
  })

  test('F75 sharing notices count only if the module is asked to take them', async () => {
    await using world = await createWorld()
    for (const sharingNotices of [undefined, true]) {
      const events: string[] = []
      const onEvent = ({ type }: { type: string }) => void events.push(type)
      await using running = await startApp(appModule({ ...world.options, sharingNotices, onEvent }), {
        platform,
      })
      await connect(world.fake, running.browser)
      const { headers, ...request } = world.fake.share()
      const body = JSON.stringify({ company_id: 1001, user_id: 11, isShared: true })
      const answer = await running.browser.send('/pipedrive/callback', {
        ...request,
        method: 'POST',
        headers,
        body,
      })
      expect(answer.status).toBe(200)
      expect(events.includes('sharing_changed')).toBe(sharingNotices === true)
    }
  })

  test('F70 a logout ends the session of the browser, and leaves the installation', async () => {
    await using world = await createWorld()
    await using running = await startApp(appModule(world.options), { platform })
    await connect(world.fake, running.browser)
    const logout = (site: string) =>
      running.browser.send('/pipedrive/logout', { method: 'POST', headers: { 'sec-fetch-site': site } })
    expect((await logout('cross-site')).status).toBe(403)
    expect((await running.browser.data('/deals')).status).toBe(200)
    expect((await logout('same-origin')).status).toBe(204)
    expect((await running.browser.data('/deals')).status).toBe(401)
    expect(world.fake.installations()).toHaveLength(1)
  })

  test('an error after an answer has begun does not answer a second time', async () => {
    await using world = await createWorld()
    const { logger, of } = recordingLogger()
    const rejections: unknown[] = []
    const note = (reason: unknown) => void rejections.push(reason)
    process.on('unhandledRejection', note)
    await using running = await startApp(lateModule(world.options), { platform, logger })
    for (let count = 0; count < 3; count++) {
      const answer = await running.browser.data('/late')
      expect([answer.status, await answer.text()]).toEqual([200, 'begun, ended'])
    }
    process.off('unhandledRejection', note)
    expect([rejections, of('error')]).toEqual([[], []])
  })
})
