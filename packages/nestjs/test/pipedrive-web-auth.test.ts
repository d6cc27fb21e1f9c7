import 'reflect-metadata'
import { Test } from '@nestjs/testing'
import { createFakePipedrive } from '@pd/fake-pipedrive'
import { ReauthorizationRequiredError } from '@pd/oauth-core'
import { expect, onTestFinished, test } from 'vitest'
import { PipedriveModule, type PipedriveContext } from '../src/index.ts'
import { PipedriveWebAuth } from '../src/pipedrive-web-auth.ts'
import { testOptions } from '../src/testing/test-options.ts'

test('of two modules of one app each answers its errors itself', async () => {
  const fake = createFakePipedrive()
  const answering = (text: string) =>
    PipedriveModule.forRoot({ ...testOptions(fake), onMissing: () => new Response(text) })
  const module = await Test.createTestingModule({ imports: [answering('one'), answering('two')] }).compile()
  onTestFinished(() => module.close())
  const request = { method: 'GET', url: '/deals', headers: {} }
  const context = { request, response: undefined } as unknown as PipedriveContext
  const error = new ReauthorizationRequiredError('not_installed', '1001:11')
  const answers = module
    .get(PipedriveWebAuth, { strict: false, each: true })
    .map(async (web) => (await web.answer(error, context)).text())
  expect(await Promise.all(answers)).toEqual(['one', 'two'])
})
