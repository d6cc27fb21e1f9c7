import 'reflect-metadata'
import { Inject, Injectable, Module, type Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { memoryStore, PipedriveOAuth } from '@pd/oauth-core'
import { expect, test } from 'vitest'
import { PipedriveKeepAlive, PipedriveModule, type PipedriveModuleOptions } from '../../../src/index.ts'
import { connect } from '../../connect.ts'
import { createWorld, recordingLogger, startApp } from '../../start-app.ts'

const day = 86_400_000

/** A worker without HTTP: a queue's, or a cron job's. */
@Injectable()
class DealsJob {
  constructor(@Inject(PipedriveOAuth) private readonly oauth: PipedriveOAuth) {}

  async count(id: string): Promise<number> {
    const { data } = await this.oauth.installation(id).api<{ data: object[] }>('/api/v2/deals')
    return data.length
  }
}

function workerModule(options: PipedriveModuleOptions): Type {
  @Module({ imports: [PipedriveModule.forRoot(options)], providers: [DealsJob] })
  class WorkerModule {}
  return WorkerModule
}

test('a worker without HTTP uses what was connected elsewhere', async () => {
  await using world = await createWorld()
  const options = { ...world.options, store: memoryStore() }
  await using web = await startApp(PipedriveModule.forRoot(options))
  await connect(world.fake, web.browser, { expiresIn: 1 })
  const worker = await NestFactory.createApplicationContext(workerModule(options), { logger: false })
  expect(await worker.get(DealsJob).count('1001:11')).toBeGreaterThan(0)
  await worker.close()
})

test('F27 the keep-alive refreshes who would lapse, and logs what it came to', async () => {
  let now = Date.now()
  await using world = await createWorld({ clock: { now: () => now, sleep: async () => {} } })
  const { logger, lines } = recordingLogger()
  const options = { ...world.options, store: memoryStore(), clock: () => now }
  await using web = await startApp(PipedriveModule.forRoot(options), { logger })
  for (const user of ['1001:11', '1001:12']) await connect(world.fake, web.browser, { user })
  const keepAlive = web.app.get(PipedriveKeepAlive)
  expect(await keepAlive.run()).toMatchObject({ refreshed: 0, failed: 0 })

  now += 50 * day
  await world.fake.uninstall('1001:12')
  const report = await keepAlive.run({ concurrency: 1 })
  expect(report.refreshed).toBe(1)
  expect(report.failures).toEqual([{ id: '1001:12', code: 'reauthorization_required' }])
  expect(lines.filter(({ text }) => text.includes('refreshed'))).toEqual([
    { level: 'log', text: '0 refreshed, 0 skipped, 0 failed, 0 forgotten, 0 left PipedriveKeepAlive' },
    {
      level: 'warn',
      text: '1 refreshed, 0 skipped, 1 failed, 0 forgotten, 0 left: 1001:12 (reauthorization_required) PipedriveKeepAlive',
    },
  ])
})
