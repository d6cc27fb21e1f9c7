import { Agent, request as httpRequest } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { createFakePipedrive, type FakePipedrive } from '../src/index.ts'
import { createTestClient, jsonOf } from './test-client.ts'

const { Request: platformRequest, Response: platformResponse } = globalThis

let fake: FakePipedrive
afterEach(() => fake.close())

test('one origin serves consent page, tokens and API, and token responses name it as api_domain', async () => {
  fake = createFakePipedrive()
  const { origin, port } = await fake.listen()
  expect(origin).toBe(`http://127.0.0.1:${port}`)
  const client = createTestClient(fake, { fetch: globalThis.fetch, origin })
  expect((await fetch(fake.authorizeUrl({ origin }))).status).toBe(200)
  const tokens = await client.install('1002:13')
  expect(tokens.api_domain).toBe(origin)
  expect(await jsonOf(client.api(tokens, '/api/v1/users/me'))).toMatchObject({ data: { company_id: 1002 } })
  expect((await client.revoke({ token: tokens.refresh_token })).status).toBe(200)
})

test('the option apiDomain also holds on a socket', async () => {
  fake = createFakePipedrive({ apiDomain: 'https://gateway.example' })
  const { origin } = await fake.listen()
  const tokens = await createTestClient(fake, { fetch: globalThis.fetch, origin }).install()
  expect(tokens.api_domain).toBe('https://gateway.example')
})

test("a listening fake still names the company's own host in process", async () => {
  fake = createFakePipedrive()
  await fake.listen()
  expect((await createTestClient(fake).install()).api_domain).toBe('https://acme.pipedrive.com')
})

test('close() ends kept-alive connections and hanging requests', async () => {
  fake = createFakePipedrive({ faults: [{ fault: { type: 'hang' } }] })
  const server = await fake.listen()
  const agent = new Agent({ keepAlive: true })
  const ended = (path: string) =>
    new Promise<string>((resolve) => {
      const request = httpRequest(`${server.origin}${path}`, { agent }, (response) => {
        response.resume()
        response.socket.once('close', () => resolve('idle connection closed'))
      })
      request.once('error', (error) => resolve((error as NodeJS.ErrnoException).code ?? error.message))
      request.end()
    })
  const hanging = ended('/oauth/authorize')
  await expect.poll(() => fake.calls.length).toBe(1)
  const idle = ended('/oauth/authorize')
  await expect.poll(() => fake.calls[1]?.outcome).toBe('answered')
  await server.close()
  expect([await hanging, await idle]).toEqual(['ECONNRESET', 'idle connection closed'])
  await expect(fetch(server.origin)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
})

test('listen() rejects with EADDRINUSE for a port in use', async () => {
  fake = createFakePipedrive()
  const { port } = await fake.listen()
  await expect(fake.listen({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
})

test('listening does not replace the global Request and Response', async () => {
  fake = createFakePipedrive()
  await fake.listen()
  expect(globalThis.Request).toBe(platformRequest)
  expect(globalThis.Response).toBe(platformResponse)
})

test('await using closes the fake', async () => {
  let origin: string
  {
    await using scoped = createFakePipedrive()
    origin = (await scoped.listen()).origin
    expect((await fetch(origin)).status).toBe(200)
  }
  await expect(fetch(origin)).rejects.toThrow('fetch failed')
})
