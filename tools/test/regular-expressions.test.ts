import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseSync, Visitor } from 'rolldown/utils'
import { expect, test } from 'vitest'

// The other back ends are programs for one machine, and Java.
process.env['RECHECK_BACKEND'] = 'pure'
const { checkSync } = await import('recheck')

const root = fileURLToPath(new URL('../..', import.meta.url))

interface Found {
  readonly file: string
  readonly pattern: string
  readonly flags: string
}

/** The regular expressions that are written as such in a source. */
function regularExpressions(file: string, source: string): Found[] {
  const found: Found[] = []
  new Visitor({
    Literal(node) {
      if ('regex' in node) found.push({ file, pattern: node.regex.pattern, flags: node.regex.flags })
    },
  }).visit(parseSync(file, source, { lang: 'ts' }).program)
  return found
}

/** How the number of steps grows with the length of the worst input: `safe`, or `2nd degree polynomial`, for example. */
function growthOf({ pattern, flags }: Found): string {
  const verdict = checkSync(pattern, flags, { timeout: 60_000 })
  return verdict.status === 'vulnerable' ? verdict.complexity.summary : verdict.status
}

/** Those whose steps grow with the square of the length, and why that is short. */
const quadratic: Record<string, string> = {
  'packages/core/src/clean-cause.ts': 'withoutSecrets() cuts its text to 3 000 characters first',
}

const all = globSync('packages/*/src/**/*.ts', { cwd: root, exclude: ['packages/test-support/**'] }).flatMap(
  (file) => regularExpressions(file.replaceAll('\\', '/'), readFileSync(`${root}/${file}`, 'utf8')),
)

test('no regular expression of the published code is slow for any input', { timeout: 600_000 }, () => {
  const slow = all
    .map((found) => ({ ...found, growth: growthOf(found) }))
    .filter(({ growth }) => growth !== 'safe')
    .filter(({ file, growth }) => !(file in quadratic && growth.startsWith('2nd degree polynomial')))

  expect(slow).toEqual([])
  expect(all.length).toBeGreaterThan(100)
})

test('slow regular expressions are found', () => {
  const source = 'const a = /^(a+)+$/; const b = (text: string) => text.replace(/\\s+$/, "")'

  expect(regularExpressions('planted.ts', source).map(growthOf)).toEqual([
    'exponential',
    '2nd degree polynomial',
  ])
})
