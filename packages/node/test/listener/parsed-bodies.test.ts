import express from 'express'
import express4 from 'express4'
import { describe, expect, test } from 'vitest'
import { toNodeListener } from '../../src/index.ts'
import { rawRequest } from '@pd/test-support/raw-request'
import { platforms, serveExpress } from '../servers.ts'

const answer = async (request: Request) => {
  const isForm = request.headers.get('content-type')?.includes('form') ?? false
  const read = isForm ? JSON.stringify([...(await request.formData())]) : await request.text()
  return Response.json({ read, length: request.headers.get('content-length') })
}
const echo = toNodeListener(answer)

const json = '{"company_id":7,"name":"Grüße"}'
const bodies: [type: string, sent: string, read: string][] = [
  ['application/json', json, json],
  ['application/x-www-form-urlencoded', 'a=1&b=x%20y&b=2', '[["a","1"],["b","x y"],["b","2"]]'],
  ['text/plain', 'some text', 'some text'],
  ['application/octet-stream', 'some bytes', 'some bytes'],
]

describe.each([
  ['Express 4', express4],
  ['Express 5', express],
] as const)('a body that %s has parsed already reaches the handler', (_version, make) => {
  test.each(bodies)('%s', async (type, body, read) => {
    const app = make() as express.Express
    app.use(make.json(), make.urlencoded({ extended: true }), make.text(), make.raw())
    const origin = await serveExpress(app, echo)
    const response = await fetch(origin, { method: 'POST', headers: { 'content-type': type }, body })
    expect(await response.json()).toEqual({ read, length: null })
  })

  test('and one that no parser took, as it was sent', async () => {
    const app = make() as express.Express
    app.use(make.json(), make.text())
    const origin = await serveExpress(app, echo)
    const headers = { 'content-type': 'application/xml' }
    const response = await fetch(origin, { method: 'POST', headers, body: '<a/>' })
    expect(await response.json()).toEqual({ read: '<a/>', length: '4' })
  })

  test('and one of which the parser kept the bytes, byte by byte', async () => {
    const app = make() as express.Express
    app.use(make.json({ verify: (req, _res, rawBody) => void Object.assign(req, { rawBody }) }))
    const origin = await serveExpress(app, echo)
    const spaced = '{ "a" :  1 }'
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(origin, { method: 'POST', headers, body: spaced })
    expect(await response.json()).toMatchObject({ read: spaced })
  })

  test('and fields in fields, with their names', async () => {
    const app = make() as express.Express
    app.use(make.urlencoded({ extended: true }))
    const origin = await serveExpress(app, echo)
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const body = 'user[name]=ada&user[roles]=a&user[roles]=b'
    const { read } = (await (await fetch(origin, { method: 'POST', headers, body })).json()) as {
      read: string
    }
    expect(JSON.parse(read)).toEqual([
      ['user[name]', 'ada'],
      ['user[roles]', 'a'],
      ['user[roles]', 'b'],
    ])
  })

  test.each([
    ['JSON as it was', '{"company_id":7,"name":"Grüße","token":"a=b"}', undefined],
    ['a form, where a space may have been a plus', '{"name":"a+b"}', [['{"name":"a b"}', '']]],
    [
      'a form, where more fields came',
      '{"a":1}&b=2',
      [
        ['{"a":1}', ''],
        ['b', '2'],
      ],
    ],
    ['a form, where it is no JSON', '{a}', [['{a}', '']]],
  ])('F68 JSON labelled as a form is %s', async (_what, body, fields) => {
    const app = make() as express.Express
    app.use(make.urlencoded({ extended: false }))
    app.use(toNodeListener(async (request) => new Response(await request.text())))
    const origin = await serveExpress(app, echo)
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const text = await (await fetch(origin, { method: 'DELETE', headers, body })).text()
    expect(text).toBe(fields === undefined ? body : String(new URLSearchParams(fields)))
  })

  test('the bytes that a parser keeps are preferred to what it made of them', async () => {
    const app = make() as express.Express
    app.use(make.json({ verify: (req, _res, bytes) => void Object.assign(req, { rawBody: bytes }) }))
    const origin = await serveExpress(app, echo)
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(origin, { method: 'POST', headers, body: '{ "a": 1 }' })
    expect(await response.json()).toMatchObject({ read: '{ "a": 1 }' })
  })

  test.each([
    ['of no bytes', ['Content-Length: 0', '', ''].join('\r\n')],
    ['of no chunks', ['Transfer-Encoding: chunked', '', '0', '', ''].join('\r\n')],
  ])('and one %s, which the parser has found over', async (_what, rest) => {
    const app = make() as express.Express
    app.use(make.json())
    app.use((req, _res, next) => void (req.readableEnded ? next() : req.resume().once('end', () => next())))
    const origin = await serveExpress(app, echo)
    const head = ['POST / HTTP/1.1', 'Host: localhost', 'Connection: close', 'Content-Type: application/json']
    const answer = await rawRequest(origin, [...head, rest], { isWhole: true })
    expect(answer).toMatch(/^HTTP\/1.1 200[^]*"read":""/)
  })

  test('and a field without a value, which some parsers make null, as an empty one', async () => {
    const app = make() as express.Express
    app.use(make.urlencoded({ extended: true }))
    app.use((req, _res, next) => {
      Object.assign(req.body as object, { none: null, missing: undefined, user: { name: null } })
      next()
    })
    app.use(toNodeListener(async (request) => new Response(await request.text())))
    const origin = await serveExpress(app, echo)
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const text = await (await fetch(origin, { method: 'POST', headers, body: 'a=1' })).text()
    expect(text).toBe(new URLSearchParams({ a: '1', none: '', missing: '', 'user[name]': '' }).toString())
  })

  test('and none, where somebody has thrown it away', async () => {
    const app = make() as express.Express
    app.use((req, _res, next) => void req.resume().once('end', () => next()))
    const origin = await serveExpress(app, echo)
    const headers = { 'content-type': 'text/plain' }
    const response = await fetch(origin, { method: 'DELETE', headers, body: 'gone' })
    expect(await response.json()).toMatchObject({ read: '' })
  })
})

describe('a body that Fastify has parsed already reaches the handler', () => {
  test.each(bodies.filter(([type]) => /json|plain/.test(type)))('%s', async (type, body, read) => {
    const origin = await platforms['Fastify, behind its parsers'](answer)
    const response = await fetch(origin, { method: 'DELETE', headers: { 'content-type': type }, body })
    expect(await response.json()).toEqual({ read, length: null })
  })
})
