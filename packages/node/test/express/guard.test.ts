import { createServer, type IncomingMessage } from 'node:http'
import connect from 'connect'
import type { Express, NextFunction, Request, Response } from 'express'
import { rawRequest } from '@pd/test-support/raw-request'
import { describe, expect, test } from 'vitest'
import { pipedriveAuth } from '../../src/express/index.ts'
import { serve, serveExpress } from '../servers.ts'
import { browse, connectUser, createScene, versions } from './scene.ts'

/** A client with one user, and the option that says every request is his. */
async function connectedScene() {
  const { fake, oauth } = createScene()
  const { url, attempt } = await oauth.authorize()
  const { installation } = await oauth.callback(await fake.approve(url), attempt)
  return { fake, oauth, options: { identify: () => installation.id }, id: installation.id }
}

describe.each(versions)('%s', (_version, make) => {
  test('an unknown option of the guard is refused where the guard is made', () => {
    const { requireInstallation } = pipedriveAuth(createScene().oauth)
    expect(() => requireInstallation({ scope: ['admin'] } as object)).toThrow(
      expect.objectContaining({
        code: 'invalid_configuration',
        problems: [expect.stringContaining('scope is not a known option')],
      }),
    )
  })

  test('what the application keeps in res.locals stays beside the installation', async () => {
    const { oauth, options, id } = await connectedScene()
    const app: Express = make()
    app.use((_req, res, next) => {
      res.locals['theme'] = 'dark'
      next()
    })
    app.get('/deals', pipedriveAuth(oauth, options).requireInstallation(), (_req, res) => {
      res.json({ theme: res.locals['theme'], id: res.locals.installation?.id })
    })
    expect(await (await (await browse(app)).data('/deals')).json()).toEqual({ theme: 'dark', id })
  })

  test('an error of identify goes to the error handling of the application as it is', async () => {
    const failure = new Error('no database')
    const identify = () => {
      throw failure
    }
    const { requireInstallation, onError } = pipedriveAuth(createScene().oauth, { identify })
    const app: Express = make()
    app.get('/deals', requireInstallation(), (_req, res) => void res.send('reached'))
    app.use(onError)
    const seen: unknown[] = []
    app.use((error: unknown, _req: Request, res: Response, _next: NextFunction) => {
      seen.push(error)
      res.status(502).send('own')
    })
    expect((await (await browse(app)).data('/deals')).status).toBe(502)
    expect(seen).toEqual([failure])
  })

  test.each([
    ['a target that is no path', 'GET http://evil.example/deals HTTP/1.1'],
    ['somebody who is not signed in', 'GET /deals HTTP/1.1'],
  ])('where middleware breaks the answer to %s, the application hears of it', async (_what, line) => {
    const app: Express = make()
    app.use((_req, res, next) => {
      const { writeHead } = res
      res.writeHead = () => {
        res.writeHead = writeHead
        throw new Error('no session store')
      }
      next()
    })
    app.use(pipedriveAuth(createScene().oauth).requireInstallation())
    app.use((error: Error, _req: Request, res: Response, _next: NextFunction) => {
      res.status(502).send(`told: ${error.message}`)
    })
    const origin = await serveExpress(app, async (_req, _res, next) => next?.())
    expect(await rawRequest(origin, [line, 'Host: localhost'])).toMatch(
      /^HTTP\/1.1 502 [^]*told: no session store/,
    )
  })

  test('a callback that does not answer leaves the methods of the response as they are', async () => {
    const { fake, oauth } = createScene()
    const own: boolean[] = []
    const app: Express = make()
    app.use((_req, res, next) => {
      res.on('finish', () => own.push(Object.hasOwn(res, 'send')))
      next()
    })
    app.use(pipedriveAuth(oauth, { onConnected: () => {} }).routes)
    await connectUser(await browse(app), fake)
    expect(own).toEqual([false, false])
  })
})

test('on Connect, whose response has no locals, the guard puts the installation there', async () => {
  const { oauth, options, id } = await connectedScene()
  const { requireInstallation } = pipedriveAuth(oauth, options)
  const app = connect()
  app.use(requireInstallation())
  app.use((req: IncomingMessage & { installation?: { id: string } }, res) => {
    const { locals } = res as { locals?: { installation?: { id: string } } }
    res.end(`${req.installation?.id} ${locals?.installation?.id}`)
  })
  const origin = await serve(createServer(app))
  expect(await (await fetch(`${origin}/deals`)).text()).toBe(`${id} ${id}`)
})

test('the routes alone are a listener of node:http, which answers other paths with 404', async () => {
  const { routes } = pipedriveAuth(createScene().oauth)
  const origin = await serve(createServer((req, res) => void routes(req, res)))
  const ask = async (path: string) => (await fetch(origin + path, { redirect: 'manual' })).status
  expect([await ask('/pipedrive/install'), await ask('/deals')]).toEqual([302, 404])
})

test('a callback that is no function is refused', () => {
  const { oauth } = createScene()
  for (const name of ['onConnected', 'onMissing'])
    expect(() => pipedriveAuth(oauth, { [name]: 'deals' })).toThrow(`${name} must be a function`)
})
