import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('..', import.meta.url))

/** One file of a recipe. */
export interface RecipeFile {
  readonly path: string
  readonly code: string
}

/** Returns the files of a recipe, exactly as `docs/recipes` prints them: fenced blocks with a path behind the language. */
export function recipeFiles(name: string): RecipeFile[] {
  const text = readFileSync(join(here, '../../docs/recipes', `${name}.md`), 'utf8')
  return [...text.matchAll(/^```ts (\S+)\n([\s\S]*?)^```$/gm)].map(([, path = '', code = '']) => ({
    path,
    code,
  }))
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
