import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { relativeLinks } from '../../generate/site-links.ts'

const built = fileURLToPath(new URL('../../dist', import.meta.url))

test('every relative link in the Markdown of the built site leads to a file', () => {
  const links = globSync('**/*.md', { cwd: built }).flatMap((page) =>
    relativeLinks(readFileSync(join(built, page), 'utf8')).map(({ url }) => ({ page, url })),
  )
  expect(links.length).toBeGreaterThan(500)
  const dead = links.filter(({ page, url }) => {
    const [path = ''] = decodeURI(url).split('#')
    return !existsSync(join(built, dirname(page), path))
  })
  expect(dead).toEqual([])
})
