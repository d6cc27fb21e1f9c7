/**
 * Runs tests of every package, from the root: `pnpm test [name …] [options of vitest]`
 * `--shuffle` runs them in a random order and in another time zone; TEST_SEED repeats an order.
 * A name is a part of the path of test files, or else a part of titles. Names come before options.
 */
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { selectTests } from './select-tests.ts'

/** Where shuffled tests run: far from UTC, and on the other side of it than core's tests. */
const otherZone = 'America/St_Johns'
const root = fileURLToPath(new URL('..', import.meta.url))
const [mode = 'run', ...given] = process.argv.slice(2)
const size = given.find((arg) => arg.startsWith('--size='))?.slice('--size='.length)
const isShuffled = given.includes('--shuffle')
const args = given.filter((arg) => !arg.startsWith('--size=') && arg !== '--shuffle')
const firstOption = args.findIndex((arg) => arg.startsWith('-'))
const names = firstOption === -1 ? args : args.slice(0, firstOption)
const options = firstOption === -1 ? [] : args.slice(firstOption)
const seed = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 1e9))
if (isShuffled) process.stdout.write(`shuffled: TEST_SEED=${seed} TZ=${process.env['TZ'] ?? otherZone}\n`)

const exclude = (path: string) => path === 'node_modules' || path.includes('/node_modules')
const tests = globSync('{packages,apps,tools,docs,bench}/**/*.test.ts', { cwd: root, exclude })
// Titles stand in the tests, in what they share, and in the suite that every store runs.
const sources = globSync(
  ['{packages,apps,tools,docs,bench}/**/test/**/*.ts', 'packages/core/src/**/*suite*/**/*.ts'],
  {
    cwd: root,
    exclude,
  },
)
const { files, related, title } = selectTests(names, tests, sources, (path) =>
  readFileSync(`${root}/${path}`, 'utf8'),
)

// Without a shell, which would take a title with a space or `|` apart.
const { status } = spawnSync(
  process.execPath,
  [
    `${root}/node_modules/vitest/vitest.mjs`,
    ...(related.length > 0
      ? ['related', ...related, mode === 'run' ? '--run' : '--watch']
      : [mode, ...files]),
    ...(title === undefined ? [] : ['-t', title]),
    ...options,
    ...(isShuffled ? ['--sequence.shuffle', `--sequence.seed=${seed}`] : []),
  ],
  {
    cwd: root,
    env: {
      ...process.env,
      ...(size !== undefined && { TEST_SIZE: size }),
      ...(isShuffled && { TZ: process.env['TZ'] ?? otherZone }),
    },
    stdio: 'inherit',
  },
)
process.exitCode = status ?? 1
