/** Holds the guides against the code: their numbers, the names that they use, and the commands that they print. */
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { defaultReconnectLinkMs, defaultSessionMs } from '../../src/client/connect/sealed-lifetimes.ts'
import { defaultPolicy, longestRefreshMs } from '../../src/machine/policy.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const read = (path: string) => readFileSync(root + path, 'utf8')
const pages = globSync('docs/{guides,coming-from}/*.md', { cwd: root }).toSorted()
const flat = (path: string) => read(path).replaceAll(/\s+/g, ' ')

/** The default of an option, as the code of this file has it. */
function defaultIn(path: string, name: string): number {
  const [, value = ''] = new RegExp(`\\b${name} = ([\\d_]+)`).exec(read(path)) ?? []
  return Number(value.replaceAll('_', ''))
}

const defaults: Readonly<Record<string, number>> = {
  ...defaultPolicy,
  sessionMs: defaultSessionMs,
  lifetimeMs: defaultReconnectLinkMs,
  timeoutMs: defaultIn('packages/core/src/client/health.ts', 'timeoutMs'),
  concurrency: defaultIn('packages/core/src/client/tokens/keep-alive.ts', 'concurrency'),
}

const day = 86_400_000
const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, minutes: 60_000, days: day }

interface Claim {
  readonly text: string
  readonly name: string
  readonly value: number
}

/** What a text claims as the default of an option: `5 s (cacheMs)`, `cacheMs (5 s)` or `(5 s, cacheMs)`, the name in backticks. */
function claimsOf(text: string): Claim[] {
  const amount = String.raw`(\d+(?:\.\d+)?) (ms|s|minutes|days|requests|refreshes at once)`
  const forms = [
    new RegExp(`${amount}[^.:\`()|\\d]{0,40}\\(\`(\\w+)\``, 'g'),
    new RegExp(`\\(${amount}, \`(\\w+)\`\\)`, 'g'),
  ]
  const behind = new RegExp(`\`(\\w+)\` \\(${amount}\\)`, 'g')
  const claim = (whole: string, name = '', number = '', unit = ''): Claim => ({
    text: whole,
    name,
    value: Number(number) * (units[unit] ?? 1),
  })
  return [
    ...forms.flatMap((form) =>
      [...text.matchAll(form)].map(([whole, number, unit, name]) => claim(whole, name, number, unit)),
    ),
    ...[...text.matchAll(behind)].map(([whole, name, number, unit]) => claim(whole, name, number, unit)),
  ]
}

test('no document asks npm for a package without a scope, which anybody could publish', () => {
  const documents = globSync('{*.md,docs/**/*.md,packages/*/README.md,apps/*/README.md}', {
    cwd: root,
    exclude: (name) => name.includes('node_modules') || name.includes('.site') || name.includes('dist'),
  })
  expect(documents.length).toBeGreaterThan(100)
  for (const document of documents) {
    const text = read(document)
    for (const [command, name] of [
      ['fake-pipedrive', '@pd/fake-pipedrive'],
      ['pd-oauth', '@pd/oauth-cli'],
    ] as const) {
      const runs = text.indexOf(`npx ${command}`)
      const installs = text.search(new RegExp(`npm install .*${name}`))
      expect([document, command, runs === -1 || (installs !== -1 && installs < runs)]).toEqual([
        document,
        command,
        true,
      ])
    }
  }
})

test('every number that a guide gives as the default of an option is its default', () => {
  const claims = pages.flatMap((page) => claimsOf(flat(page)))
  expect(claims.length).toBeGreaterThan(20)
  for (const { text, name, value } of claims) expect([text, value]).toEqual([text, defaults[name]])
})

test('the longest refresh is as long as the guide to serverless says', () => {
  expect(flat('docs/guides/serverless.md')).toContain(
    `takes ${longestRefreshMs(defaultPolicy) / 1_000} s at most: ${defaultPolicy.requestsPerRefresh} requests`,
  )
  expect(flat('docs/guides/serverless.md')).toContain(
    `of ${defaultPolicy.requestTimeoutMs / 1_000} s each, and a pause of ${defaultPolicy.retryPauseMs / 1_000} s`,
  )
})

test('the runbooks name the day on which a dead record is deleted', () => {
  expect(flat('docs/guides/alerts.md')).toContain(
    `deletes the record of a dead grant after ${defaultPolicy.forgetAfterMs / day} days`,
  )
})

describe.each(pages)('%s', (page) => {
  test('has a title, and is short enough to read', () => {
    expect(read(page)).toMatch(/^(---\norder: \d+\n---\n\n)?# \S/)
    expect(read(page).split('\n').length).toBeLessThan(135)
  })

  test('names commands and flags of pd-oauth that exist', () => {
    const globals = read('packages/cli/src/global-options.ts')
    for (const [, command = '', rest = ''] of read(page).matchAll(/pd-oauth ([a-z][a-z-]+)([^`\n#|]*)/g)) {
      const source = read(`packages/cli/src/commands/${command}.ts`)
      for (const [flag] of rest.matchAll(/--[a-z-]+/g))
        expect([
          page,
          command,
          flag,
          source.includes(`'${flag}`) || source.includes(`${flag} `) || globals.includes(flag),
        ]).toEqual([page, command, flag, true])
    }
  })
})

test.each(pages.filter((page) => page.startsWith('docs/guides/')))(
  '%s uses names that the code has',
  (page) => {
    const prose = read(page).replaceAll(/^```[^]*?^```$/gm, '')
    const names = [...prose.matchAll(/`([a-z]+(?:[A-Z_][a-zA-Z_]*)+)(?:\(.*?\))?`/g)].map(
      ([, name = '']) => name,
    )
    expect(names.filter((name) => !known.has(name))).toEqual([])
  },
)

/** Every word of the sources, and what the guides name of other programs. */
const known: ReadonlySet<string> = new Set([
  ...globSync('packages/*/src/**/*.ts', { cwd: root }).flatMap((path) => read(path).match(/\w+/g) ?? []),
  ...(read('packages/otel/prometheus/pipedrive-oauth.rules.yml').match(/\w+/g) ?? []),
  'setInterval',
  'enableShutdownHooks',
  'overrideProvider',
])
