import type { Account } from '@pd/oauth-core'
import { expect, test } from 'vitest'
import { accountText } from '../../src/login/account-text.ts'

const ids = { companyId: 1001, userId: 11 }
/** A name, isolated from the direction of the text around it. */
const isolated = (name: string) => `\u{2068}${name}\u{2069}`

const accounts: readonly [Omit<Account, keyof typeof ids>, string][] = [
  [{}, '1001:11'],
  [{ userName: 'Ann' }, `${isolated('Ann')} (1001:11)`],
  [{ email: 'ann@acme.example' }, `${isolated('ann@acme.example')} (1001:11)`],
  [{ userName: 'Ann', email: 'ann@acme.example' }, `${isolated('Ann')} (1001:11)`],
  [{ companyName: 'Acme' }, `${isolated('Acme')} (1001:11)`],
  [{ companyDomain: 'acme' }, `${isolated('acme')} (1001:11)`],
  [{ companyName: 'Acme', companyDomain: 'acme' }, `${isolated('Acme')} (1001:11)`],
  [{ userName: 'Ann', companyName: 'Acme' }, `${isolated('Ann')} of ${isolated('Acme')} (1001:11)`],
]
test.each(accounts)('the account %j is named %j', (names, text) => {
  expect(accountText({ ...ids, ...names })).toBe(text)
})

test.each([
  ['\u{1b}[2J', ' [2J'],
  ['\r\n', '  '],
  ['\u{202e}nnA', ' nnA'],
  ['\u{2066}', ' '],
  ['\u{2069}', ' '],
  ['\u{200f}', ' '],
])('of the name %j, no character controls the terminal or the direction of the text', (part, shown) => {
  expect(accountText({ ...ids, userName: `Ann${part}Lee` })).toBe(`${isolated(`Ann${shown}Lee`)} (1001:11)`)
})
