import * as fc from 'fast-check'
import { anyText, mutated } from '../any-input.ts'
import { fuzzTarget, marker, type FuzzTarget } from '../fuzz-target.ts'
import { answer, fuzzedClient } from '../fuzzed-client.ts'

const apiDomain = 'https://acme.pipedrive.com'
const address = fc.oneof(
  mutated(`${apiDomain}/api/v2/deals`),
  mutated('/api/v2/deals?limit=1'),
  anyText,
  anyText.map((text) => `/${text}`),
  anyText.map((text) => `${apiDomain}${text}`),
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
  fc
    .tuple(
      fc.constantFrom(
        '//',
        '/\\',
        '\\\\',
        'https:',
        'https:/',
        'HTTPS://',
        'http://',
        'data:',
        '\t//',
        '/.//',
      ),
      fc.constantFrom(
        'evil.example',
        'acme.pipedrive.com',
        'acme.pipedrive.com.evil.example',
        'acme.pipedrive.com@evil.example',
      ),
      anyText,
    )
    .map((parts) => parts.join('')),
)

/** Addresses that an application passes on to `fetch`, and those to which the API redirects. */
export function apiAddressTargets(): readonly FuzzTarget[] {
  let location: string | undefined
  let isSentElsewhere = false
  const { oauth, showTo } = fuzzedClient({
    fetch: async (input, init) => {
      const { origin } = new URL(String(input))
      if (origin !== apiDomain && new Headers(init?.headers).has('authorization')) isSentElsewhere = true
      const to = location
      location = undefined
      return to === undefined ? answer(200, '{}') : answer(302, '', { location: to })
    },
  })
  const access = oauth.withAccessToken({ accessToken: `${marker}-access`, apiDomain })
  return [
    fuzzTarget(
      'addresses of the API',
      20,
      fc.record({
        address,
        location: fc.option(
          address.map((text) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '~')),
          { nil: undefined },
        ),
      }),
      async (input, show) => {
        showTo(show)
        location = input.location
        isSentElsewhere = false
        await access.fetch(input.address).catch((error: unknown) => {
          // As `fetch` does for a redirect that it cannot follow.
          if (!String(error).startsWith('TypeError: The API answered with a redirect')) throw error
        })
        if (isSentElsewhere) throw new Error('The token was sent to another origin')
      },
    ),
  ]
}
