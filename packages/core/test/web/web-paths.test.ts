import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createWebAuth, webOptionProblems } from '../../src/adapter.ts'
import { createScene } from '../flow/scene.ts'
import { webPaths } from '../../src/client/connect/web-paths.ts'

const at = (path: string) => `https://app.example.com${path}`

describe('webPaths()', () => {
  test.each([
    // public callback, `path` option, callback inside, a page inside, the same page outside
    ['/pipedrive/callback', undefined, '/pipedrive/callback', '/deals', '/deals'],
    ['/pipedrive/callback', '/pipedrive', '/pipedrive/callback', '/deals', '/deals'],
    ['/crm/pipedrive/callback', '/pipedrive', '/pipedrive/callback', '/deals', '/crm/deals'],
    ['/crm/pipedrive/callback', '/pipedrive/', '/pipedrive/callback', '/', '/crm/'],
    ['/crm/eu/pipedrive/callback', '/eu/pipedrive', '/eu/pipedrive/callback', '/eu/deals', '/crm/eu/deals'],
    ['/pipedrive/callback', '/v2/pipedrive', '/v2/pipedrive/callback', '/v2/deals', '/deals'],
    ['/pipedrive/callback', '/v2/pipedrive', '/v2/pipedrive/callback', '/v2', ''],
    ['/pipedrive/callback', '/v2/pipedrive', '/v2/pipedrive/callback', '/v20/deals', '/v20/deals'],
    ['/crm/callback', '/', '/callback', '/deals', '/crm/deals'],
    ['/oauth/done', '/connect', '/connect', '/deals', '/deals'],
    ['/crm/oauth/done', '/oauth/done', '/oauth/done', '/deals', '/crm/deals'],
    ['/hooks/pd/callback', '/pipedrive', '/pipedrive/callback', '/pipedrive/x', '/hooks/pd/x'],
    // As `new URL()` writes the path of a request.
    ['/crm/callback', '/größe', '/gr%C3%B6%C3%9Fe/callback', '/gr%C3%B6%C3%9Fe/x', '/crm/x'],
    ['/crm/callback', '/a/../b', '/b/callback', '/b/x', '/crm/x'],
    ['/crm/callback', '/a/%2e%2E/./b/', '/b/callback', '/b/x', '/crm/x'],
    ['/crm/callback', '/x{y}', '/x%7By%7D/callback', '/x%7By%7D/z', '/crm/z'],
    ['/crm/callback', '/..', '/callback', '/x', '/crm/x'],
  ])(
    'F60 callback %s, path %s: inside %s, page %s is %s outside',
    (callback, path, inside, page, outside) => {
      const paths = webPaths(at(callback), path)
      expect([paths.inside.callback, paths.outside.callback]).toEqual([inside, callback])
      expect(paths.outsideOf(page) || '').toBe(outside)
    },
  )

  test('F60 serves its routes under every path that is accepted, in any spelling', async () => {
    const oauth = createScene().client()
    const part = fc.constantFrom(
      'a',
      'é',
      '..',
      '.',
      '%2e%2e',
      '{',
      '%',
      '"',
      '|',
      '\\',
      '',
      ' ',
      '%C3',
      'A:b@',
    )
    const spelling = fc.array(part, { maxLength: 5 }).map((parts) => `/${parts.join('/')}`)
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(spelling, async (path) => {
        fc.pre(webOptionProblems({ path }).length === 0)
        accepted += 1
        const { pathname } = new URL(path, at(''))
        const asked = new URL(`${pathname}/install`.replace(/\/{2,}(?=install$)/, '/'), at(''))
        const answer = await createWebAuth(oauth, { path }).handle(new Request(asked), undefined)
        expect([answer?.status, asked.origin]).toEqual([302, at('')])
      }),
      { numRuns: 500 },
    )
    expect(accepted).toBeGreaterThan(50)
  })

  test('F60 turns each route inside into the same route outside, whatever prefix a proxy strips or adds', () => {
    const segment = fc.stringMatching(/^[a-z0-9-]{1,8}$/)
    const base = fc
      .array(segment, { minLength: 0, maxLength: 4 })
      .map((all) => all.map((one) => `/${one}`).join(''))
    fc.assert(
      fc.property(base, base, fc.boolean(), (outer, inner, isNamedCallback) => {
        const callback = isNamedCallback ? `${outer}/callback` : `${outer}/done`
        const paths = webPaths(at(callback), inner === '' ? '/' : inner)
        for (const name of ['install', 'callback', 'disconnect'] as const)
          expect(paths.outsideOf(paths.inside[name])).toBe(paths.outside[name])
      }),
    )
  })
})
