import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const workflows = globSync('.github/workflows/*.yml', { cwd: root }).map(
  (path) => [path, readFileSync(root + path, 'utf8')] as const,
)

/** The jobs of a workflow: their names and their texts. */
function jobsOf(text: string): (readonly [name: string, text: string])[] {
  const [, jobs = ''] = text.split(/^jobs:\n/m)
  return jobs.split(/^(?= {2}\w[\w-]*:\n)/m).map((job) => [/^ {2}([\w-]+):/.exec(job)?.[1] ?? '', job])
}

/** What each job may write. Any other job may read the repository, or nothing. */
const writes: Readonly<Record<string, readonly string[]>> = {
  versions: ['contents', 'pull-requests'],
  publish: ['id-token'],
  announce: ['contents'],
}

test('there are workflows to look at', () => expect(workflows.length).toBeGreaterThan(1))

describe.each(workflows)('%s', (_, text) => {
  test('has no rights but those that each job names', () => {
    expect(text).toMatch(/^permissions: \{\}$/m)
    for (const [name, job] of jobsOf(text)) {
      const [, rights = ''] = /^ {4}permissions:\n((?: {6}.*\n)+)/m.exec(job) ?? []
      expect([name, [...rights.matchAll(/^ {6}([\w-]+): write/gm)].map(([, right]) => right)]).toEqual([
        name,
        writes[name] ?? [],
      ])
      expect(rights).toMatch(/^( {6}([\w-]+: write( #.*)?|contents: read)\n)+$/)
    }
  })

  test('takes every action by its hash, and keeps no credentials in the checkout', () => {
    const used = [...text.matchAll(/uses: (\S+)/g)].map(([, action]) => action)
    expect(used.filter((action) => !/@[0-9a-f]{40}$/.test(action ?? ''))).toEqual([])
    expect(text.match(/persist-credentials: false/g)).toHaveLength(
      text.match(/actions\/checkout@/g)?.length ?? -1,
    )
  })

  test('runs nothing of a pull request with rights, and puts no expression into a script', () => {
    expect(text).not.toMatch(/pull_request_target|workflow_run|issue_comment/)
    // Values have a name in front of them, lines of scripts have none.
    const expressions = text.split('\n').filter((line) => line.includes('${{'))
    for (const line of expressions) expect(line).toMatch(/^\s+(- )?(?!run:)[\w-]+: [^:]*\$\{\{/)
  })
})

test('packages are published from a job without the repository and without a stored token', () => {
  const publishing = workflows
    .flatMap(([, text]) => jobsOf(text))
    .filter(([, job]) => /npm publish|id-token: write/.test(job))
  expect(publishing.map(([name]) => name)).toEqual(['publish'])
  for (const [, job] of publishing)
    expect(job).not.toMatch(/actions\/checkout|secrets\.|_TOKEN|npm (ci|install)|pnpm/)
})
