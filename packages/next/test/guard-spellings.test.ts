import { spellingsOfRoutes } from '@pd/test-support/spellings-of-routes'
import { expect, test } from 'vitest'
import { pipedriveAuth } from '../src/index.ts'
import { answerInsideNext } from './inside-next.ts'
import { createScene } from './scene.ts'

test('F97 no spelling of a route passes the guard of a route handler', async () => {
  const { requireInstallation } = pipedriveAuth(createScene().oauth)
  const handler = requireInstallation({}, () => new Response('reached'))
  for (const target of ['/pipedrive/callback', ...spellingsOfRoutes()]) {
    const { answer } = await answerInsideNext(
      (request) => handler(request, { params: Promise.resolve({}) }),
      target,
    )
    expect(answer.status, target).toBe(401)
  }
})
