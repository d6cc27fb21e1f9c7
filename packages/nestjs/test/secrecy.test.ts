import 'reflect-metadata'
import { inspect } from 'node:util'
import { Test } from '@nestjs/testing'
import { PipedriveOAuth } from '@pd/oauth-core'
import { expect, test } from 'vitest'
import {
  InstallationGuard,
  PipedriveHealthIndicator,
  PipedriveKeepAlive,
  PipedriveModule,
} from '../src/index.ts'
import { PipedriveEvents } from '../src/pipedrive-events.ts'
import { PipedriveExceptionFilter } from '../src/pipedrive-exception.filter.ts'
import { PipedriveRoutes } from '../src/pipedrive-routes.ts'
import { PipedriveWebAuth } from '../src/pipedrive-web-auth.ts'

const clientSecret = 'the-client-secret-for-this-test-0123'
const sealing = 'the-sealing-secret-of-this-test-456789'

/** Everything that a debug print, a log or a debugger shows of a value. */
function shown(value: object): string {
  const serialized = () => {
    try {
      return JSON.stringify(value)
    } catch {
      return ''
    }
  }
  return (
    inspect(value, { depth: Infinity, showHidden: true, maxArrayLength: null, getters: true }) + serialized()
  )
}

test('F78 no provider of the module shows the client secret or a sealing secret', async () => {
  const app = await Test.createTestingModule({
    imports: [
      PipedriveModule.forRoot({
        clientId: 'an-id',
        clientSecret,
        redirectUri: 'https://app.example.com/pipedrive/callback',
        secrets: [sealing],
      }),
    ],
    providers: [InstallationGuard, PipedriveExceptionFilter],
  }).compile()
  const nest = app.createNestApplication({ logger: false })
  await nest.init()
  const classes = [
    PipedriveModule,
    PipedriveOAuth,
    PipedriveEvents,
    PipedriveHealthIndicator,
    PipedriveKeepAlive,
    PipedriveRoutes,
    PipedriveWebAuth,
    InstallationGuard,
    PipedriveExceptionFilter,
  ]
  for (const type of classes) {
    const text = shown(nest.get<object>(type, { strict: false }))
    expect(text).toContain(type.name)
    for (const secret of [clientSecret, sealing])
      expect([type.name, text.includes(secret)]).toEqual([type.name, false])
  }
  await nest.close()
})
