import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { installationIdOf, isInstallationId } from '../../src/machine/account.ts'

test('F25 the company and the user together name an installation', () => {
  expect(installationIdOf({ companyId: 123, userId: 456 })).toBe('123:456')
  expect(installationIdOf({ companyId: 1, userId: 23 })).not.toBe(
    installationIdOf({ companyId: 12, userId: 3 }),
  )
})

const ids = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })

test('two accounts have the same id only if they are equal, and isInstallationId() accepts every id', () => {
  fc.assert(
    fc.property(ids, ids, ids, ids, (companyId, userId, otherCompanyId, otherUserId) => {
      const id = installationIdOf({ companyId, userId })
      const other = installationIdOf({ companyId: otherCompanyId, userId: otherUserId })
      expect(isInstallationId(id)).toBe(true)
      expect(id === other).toBe(companyId === otherCompanyId && userId === otherUserId)
    }),
  )
})

test.each([
  '',
  ':',
  '1',
  '1:',
  ':1',
  '1:2:3',
  '0:1',
  '1:0',
  '01:1',
  '-1:1',
  '1.5:1',
  '1e3:1',
  ' 1:1',
  '1:1\n',
  '1:1 ',
  '１:１',
  '../1:1',
  '9007199254740992:1',
  '1:99999999999999999',
  undefined,
  null,
  11,
  ['1:1'],
  { toString: () => '1:1' },
])('%j is no installation id', (value) => {
  expect(isInstallationId(value)).toBe(false)
})
