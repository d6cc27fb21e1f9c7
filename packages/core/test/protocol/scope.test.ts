import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { missingScopes, parseScope } from '../../src/protocol/scope.ts'

describe('parseScope()', () => {
  const rows: readonly [scope: string, scopes: string[]][] = [
    ['base', ['base']],
    ['base,deals:full', ['base', 'deals:full']],
    ['base deals:full', ['base', 'deals:full']],
    ['base, deals:full ,\tusers:read\n', ['base', 'deals:full', 'users:read']],
    [',,base,,', ['base']],
    ['base,base base', ['base']],
    ['Base,base', ['Base', 'base']],
  ]
  test.each([
    [
      ['base', 'deals:full'],
      ['base', 'deals:full'],
    ],
    [
      ['base,deals:full users:read', ''],
      ['base', 'deals:full', 'users:read'],
    ],
    [[], undefined],
    [['', ' ,'], undefined],
    ['', undefined],
    [' , ', undefined],
    [['base', 7], undefined],
    [7, undefined],
    [{ length: 1, 0: 'base' }, undefined],
    [undefined, undefined],
  ])('F49 reads %j as %j', (scope, scopes) => {
    expect(parseScope(scope)).toEqual(scopes)
  })

  test.each(rows)('reads %j as %j', (scope, scopes) => {
    expect(parseScope(scope)).toEqual(scopes)
  })

  test('reads back any scopes, joined by commas or by spaces', () => {
    const name = fc.stringMatching(/^[a-z][a-z-]{0,10}(:(read|full))?$/)
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { minLength: 1 }),
        fc.constantFrom(',', ' ', ', '),
        (scopes, separator) => {
          expect(parseScope(scopes.join(separator))).toEqual(scopes)
        },
      ),
    )
  })
})

describe('missingScopes()', () => {
  const rows: readonly [wanted: string[], granted: string[], missing: string[]][] = [
    [[], [], []],
    [[], ['base'], []],
    [['base'], ['base'], []],
    [['deals:read'], ['base'], ['deals:read']],
    [['deals:read'], ['deals:full'], []],
    [['deals:full'], ['deals:read'], ['deals:full']],
    [['deals:full', 'deals:read'], ['deals:full'], []],
    [['deals:read'], ['contacts:full'], ['deals:read']],
    [['admin'], ['admin:full'], ['admin']],
    [['deals:read-own'], ['deals:full-own'], ['deals:read-own']],
    [['b', 'a', 'c'], ['a'], ['b', 'c']],
  ]
  test.each(rows)('of %j wanted and %j granted is %j', (wanted, granted, missing) => {
    expect(missingScopes(wanted, granted)).toEqual(missing)
  })
})
