import { expect, test } from 'vitest'
import { standIn } from '../owner.ts'
import { publishedReadme, relativeLinks } from '../published-readme.ts'

const published = (text: string) => publishedReadme(text, 'packages/hono', standIn)
const shown = 'https://github.com/owner/repository/blob/main'

test('relative links become addresses in the repository, in tables and lists as well', () => {
  const text = '| [core](../core/README.md#errors) |\n\n- [`a`](./LICENSE), [b](../../docs/x.md "title")\n'
  expect(published(text)).toBe(
    `| [core](${shown}/packages/core/README.md#errors) |\n\n- [\`a\`](${shown}/packages/hono/LICENSE), ` +
      `[b](${shown}/docs/x.md "title")\n`,
  )
})

test('a link whose text is its address keeps the text', () => {
  expect(published('[LICENSE](LICENSE)')).toBe(`[LICENSE](${shown}/packages/hono/LICENSE)`)
})

test('links of references and pictures become addresses, too', () => {
  expect(published('[a][b] ![c](d.png)\n\n[b]: ../x.md\n')).toBe(
    `[a][b] ![c](https://github.com/owner/repository/raw/main/packages/hono/d.png)\n\n[b]: ${shown}/packages/x.md\n`,
  )
})

test('addresses, anchors and code stay', () => {
  const text = '[a](https://example.com) [b](#here) `[c](d.md)`\n\n```ts\nconst x = y[0](z)\n```\n'
  expect(published(text)).toBe(text)
})

test('links that lead nowhere are found', () => {
  expect(relativeLinks('[a](../core/README.md) [b](https://example.com) [c](#d)')).toEqual([
    '../core/README.md',
  ])
})
