import { globSync } from 'node:fs'
import { expect, inject, test } from 'vitest'
import { site } from '../../generate/folders.ts'

test('every page, and its form as Markdown, answers 200', async () => {
  const pages = globSync('**/*.md', { cwd: site })
  expect(pages.length).toBeGreaterThan(30)
  const answers = await Promise.all(
    pages.flatMap((page) => {
      const path = page.replace(/(index)?\.md$/, '')
      return [path, `${path.replace(/\/$/, '') || 'index'}.md`].map(async (address) => {
        const { status } = await fetch(`${inject('site')}/${address}`)
        return { address, status }
      })
    }),
  )
  expect(answers.filter(({ status }) => status !== 200)).toEqual([])
})
