/** Writes what the quick starts have in common into each of them: `pnpm --filter @pd/starts snippets`. */
import { writeFileSync } from 'node:fs'
import { withPrintedFiles } from '../printed-files.ts'
import { pages, pathOf, readPage } from './pages.ts'
import { snippetOf } from './snippets.ts'

for (const page of pages) writeFileSync(pathOf(page), withPrintedFiles(readPage(page), snippetOf))
