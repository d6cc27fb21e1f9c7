import { describe, expect, test } from 'vitest'
import { defaultPolicy } from '../../packages/core/src/machine/policy.ts'
import { cliCommands } from '../generate/cli-commands.ts'
import { errorTable } from '../generate/errors/error-table.ts'
import { samples } from '../generate/errors/samples.ts'
import { interfaceMembers } from '../generate/interface-members.ts'
import { optionsTables, storeContract } from '../generate/options-tables.ts'
import { publishedPackages } from '../generate/published-packages.ts'
import { supportTable } from '../generate/support-table.ts'
import { policyTable } from '../generate/policy-table.ts'

describe('the policy page', () => {
  test('lists every number with the default that the client uses', () => {
    const rows = [...policyTable().matchAll(/^\| `(\w+)` \| ([\d ]+)/gm)]
    expect(
      Object.fromEntries(rows.map(([, name, value = '']) => [name, Number(value.replaceAll(' ', ''))])),
    ).toEqual(defaultPolicy)
  })

  test('says which numbers have to fit together', () => {
    expect(policyTable()).toContain('- `leaseMs` must be greater than a refresh of')
    expect(policyTable()).toContain('| whole number, 0 to 64 |')
  })

  test('names the default that the doc comment names', () => {
    for (const { name, text } of interfaceMembers('packages/core/src/machine/policy.ts', 'Policy')) {
      const [, figure = '', unit] = /Default: ([\d ]+?)( days)?\.$/.exec(text) ?? []
      expect([name, Number(figure.replaceAll(' ', '')) * (unit === undefined ? 1 : 86_400_000)]).toEqual([
        name,
        defaultPolicy[name as keyof typeof defaultPolicy],
      ])
    }
  })
})

test('the options page says which options are required', () => {
  const required = [...optionsTables().matchAll(/^\| `(\w+)` .*\*\*required\*\*/gm)].map(([, name]) => name)
  expect(required).toEqual(['clientId', 'clientSecret', 'redirectUri', 'secrets'])
})

test('the contract of a store begins with the two methods that it needs', () => {
  const methods = [...storeContract().matchAll(/^### (\w+)\(\)[^]*?\n\n(_Optional\._)?(?=[^`\n])/gm)]
  expect(methods.filter(([, , optional]) => optional === undefined).map(([, name]) => name)).toEqual([
    'get',
    'compareAndSet',
  ])
})

test('the page of the command line has each command with its usage and its exit codes', () => {
  const page = cliCommands()
  for (const command of ['login', 'token', 'import', 'keep-alive', 'rotate-secrets', 'doctor'])
    expect(page).toContain(`## ${command}\n`)
  expect(page).toContain('pd-oauth keep-alive [options]')
  expect(page).not.toContain('--client-secret <')
  expect(page).toContain('| `130` | interrupted (Ctrl-C) |')
})

test('the page on upgrading lists each published package with the Node that it needs', () => {
  const rows = [...supportTable().matchAll(/^\| `(@pd\/[\w-]+)` \| (\S+)/gm)]
  expect(rows.map(([, name]) => name)).toEqual(publishedPackages().map(({ manifest }) => manifest.name))
  for (const [, name, node] of rows) expect([name, node]).toEqual([name, '>=22'])
})

test('the table of errors has a meaning and a move for every code', () => {
  const rows = [...errorTable().matchAll(/^\| \[`(\w+)`\]\(\1\.md\) \| \S.+\. \| \S.+ \|$/gm)]
  expect(rows.map(([, code]) => code)).toEqual(Object.keys(samples).toSorted())
})
