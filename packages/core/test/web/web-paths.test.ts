import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
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
  ])(
    'F60 callback %s, path %s: inside %s, page %s is %s outside',
    (callback, path, inside, page, outside) => {
      const paths = webPaths(at(callback), path)
      expect([paths.inside.callback, paths.outside.callback]).toEqual([inside, callback])
      expect(paths.outsideOf(page) || '').toBe(outside)
    },
  )

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
