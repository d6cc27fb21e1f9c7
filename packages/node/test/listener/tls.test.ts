import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createSecureServer } from 'node:http2'
import { createServer, request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createCertificate } from '@pd/test-support/certificate'
import express from 'express'
import fastify from 'fastify'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { toFastifyHook } from '../../src/fastify/index.ts'
import { toNodeListener } from '../../src/index.ts'

let certificate: ReturnType<typeof createCertificate>
let identity: { readonly key: Buffer; readonly cert: Buffer }
beforeAll(() => {
  certificate = createCertificate()
  identity = { key: readFileSync(certificate.keyFile), cert: readFileSync(certificate.certificateFile) }
})
afterAll(() => certificate?.[Symbol.dispose]())

const addressOf = ({ url }: Request) => new Response(url)

/** Each listens with TLS, and answers with the address that its handler sees. Resolves to its port. */
const servers = {
  'node:https': () => listening(createServer(identity, toNodeListener(addressOf))),
  'node:http2': () =>
    listening(createSecureServer({ ...identity, allowHTTP1: true }, toNodeListener(addressOf))),
  Express: () => listening(createServer(identity, express().use(toNodeListener(addressOf)))),
  Fastify: async () => {
    const app = fastify({ https: identity })
    app.addHook('onRequest', toFastifyHook(addressOf))
    onTestFinished(() => app.close())
    await app.listen({ port: 0, host: '127.0.0.1' })
    return (app.server.address() as AddressInfo).port
  },
  'Fastify with HTTP/2': async () => {
    const app = fastify({ http2: true, https: { ...identity, allowHTTP1: true } })
    app.addHook('onRequest', toFastifyHook(addressOf))
    onTestFinished(() => app.close())
    await app.listen({ port: 0, host: '127.0.0.1' })
    return (app.server.address() as AddressInfo).port
  },
}

async function listening(server: ReturnType<typeof createServer> | ReturnType<typeof createSecureServer>) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

test.each(Object.keys(servers) as (keyof typeof servers)[])(
  'over TLS, %s hands on an address of https',
  async (name) => {
    const port = await servers[name]()
    const ask = httpsRequest({ host: 'localhost', port, path: '/a?b=1', ca: certificate.text, family: 4 })
    const [answer] = await once(ask.end(), 'response')
    expect(await text(answer)).toBe(`https://localhost:${port}/a?b=1`)
  },
)

test.each(['node:http2', 'Fastify with HTTP/2'] as const)(
  'over HTTP/2 with TLS, %s hands on an address of https',
  async (name) => {
    const port = await servers[name]()
    const client = connect(`https://localhost:${port}`, { ca: certificate.text })
    onTestFinished(() => client.destroy())
    const stream = client.request({ ':path': '/a?b=1' })
    expect(await text(stream)).toBe(`https://localhost:${port}/a?b=1`)
  },
)
