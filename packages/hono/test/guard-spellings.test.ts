import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { rawRequest } from '@pd/test-support/raw-request'
import { spellingsOfRoutes } from '@pd/test-support/spellings-of-routes'
import { Hono } from 'hono'
import { expect, onTestFinished, test } from 'vitest'
import { pipedriveAuth } from '../src/index.ts'
import { createScene } from './scene.ts'

test('F97 no spelling of a route passes the guard, unless Hono has resolved it itself', async () => {
  const { requireInstallation } = pipedriveAuth(createScene().oauth)
  const app = new Hono().all('*', requireInstallation(), (c) => c.text(`reached ${c.req.path}`))
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  for (const target of spellingsOfRoutes()) {
    const answer = await rawRequest(origin, [`GET ${target} HTTP/1.1`, 'Host: localhost:3000'])
    expect(answer, target).toMatch(
      /^HTTP\/1.1 40[01]|reached \/pipedrive\/(install|callback|disconnect|logout)$/,
    )
  }
})
