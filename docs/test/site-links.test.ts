import { describe, expect, test } from 'vitest'
import { siteLinks } from '../generate/site-links.ts'

const pages = new Map([
  ['docs/guides/tenants.md', 'guides/tenants.md'],
  ['docs/reference/events.md', 'reference/events.md'],
  ['packages/core/README.md', 'packages/core.md'],
])

const repository = 'https://code.example.com/owner/name'
const linked = (text: string, document = 'docs/guides/tenants.md', address = repository) =>
  siteLinks(text, document, { pages, repository: address })

describe('siteLinks()', () => {
  test.each([
    ['[a](../reference/events.md#the-log)', '[a](../reference/events.md#the-log)'],
    [
      '[`core`](../../packages/core/README.md) [b](../reference/events.md)',
      '[`core`](../packages/core.md) [b](../reference/events.md)',
    ],
    ['[a](tenants.md)', '[a](./tenants.md)'],
  ])('leads from page to page: %s', (text, expected) => expect(linked(text)).toBe(expected))

  test('leads from a README, which is a page elsewhere, to pages', () => {
    expect(linked('[a](../../docs/reference/events.md)', 'packages/core/README.md')).toBe(
      '[a](../reference/events.md)',
    )
  })

  test('leads into the repository to what is no page', () => {
    expect(linked('[a](../../apps/next/README.md#x)')).toBe(
      `[a](${repository}/blob/main/apps/next/README.md#x)`,
    )
  })

  test('leaves the words of a link into a repository whose address is unknown', () => {
    expect(linked('See [`a` b](../../apps/next/README.md).', undefined, '')).toBe('See `a` b.')
  })

  test('leads to pictures that the site serves', () => {
    expect(linked('![a](../public/a.png)')).toBe('![a](/a.png)')
  })

  test.each(['[a](https://example.com/b.md)', '[a](#b)', '`[a](../x.md)`', '```\n[a](../x.md)\n```'])(
    'leaves %s as it is',
    (text) => expect(linked(text)).toBe(text),
  )
})
