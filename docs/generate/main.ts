/** Writes what VitePress reads. With `--serve`, serves it, and writes it again when a document changes. */
import { watch } from 'node:fs'
import { createServer } from 'vitepress'
import { root } from './folders.ts'
import { writePages, writeSite } from './write-site.ts'

await writeSite()
if (process.argv.includes('--serve')) {
  const server = await createServer(`${root}/docs`)
  await server.listen()
  server.printUrls()
  watch(root, { recursive: true }, (_, path) => {
    if (path?.endsWith('.md') === true && !/node_modules|\.site|dist/.test(path)) void writePages()
  })
}
