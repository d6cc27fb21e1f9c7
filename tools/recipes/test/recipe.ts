import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { printedFiles, type PrintedFile } from '../../printed-files.ts'

const here = fileURLToPath(new URL('..', import.meta.url))

/** Returns the files of a recipe, exactly as `docs/recipes` prints them. */
export function recipeFiles(name: string): Pick<PrintedFile, 'path' | 'code'>[] {
  return printedFiles(readFileSync(join(here, '../../docs/recipes', `${name}.md`), 'utf8'))
}

/**
 * Makes a new folder with the application of a recipe: what the framework needs, the code of the recipe, and a client at
 * `clientPath`. `target`: the name of the folder. Default: that of the recipe. Returns the folder.
 */
export function prepare(name: string, clientPath: string, target = name): string {
  const folder = join(here, '.built', target)
  rmSync(folder, { recursive: true, force: true })
  const given = join(here, 'applications', name)
  if (existsSync(given)) cpSync(given, folder, { recursive: true })
  const client = readFileSync(join(here, 'applications/oauth.ts'), 'utf8')
  for (const { path, code } of [...recipeFiles(name), { path: clientPath, code: client }]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), code)
  }
  return folder
}
