import { PipedriveOAuth } from '@pd/oauth-core'
import { describe, expect, test } from 'vitest'
import { clientOf, clientsInReach, isSameApp, onePerApp } from '../src/clients-of-modules.ts'

type Module = NonNullable<Parameters<typeof clientOf>[0]>

interface Parts {
  /** The client that the module provides, as `PipedriveModule` does. */
  readonly client?: PipedriveOAuth
  readonly isExported?: boolean
  readonly isGlobal?: boolean
  readonly imports?: readonly (Module | undefined)[]
  /** What it passes on. */
  readonly passesOn?: readonly Module[]
}

/** A module as Nest keeps it, as far as it is read. */
function moduleOf({
  client,
  isExported = true,
  isGlobal = false,
  imports = [],
  passesOn = [],
}: Parts): Module {
  return {
    metatype: () => {},
    isGlobal,
    imports: new Set(imports),
    providers: new Map(client === undefined ? [] : [[PipedriveOAuth, { instance: client }]]),
    exports: new Set([
      ...(client !== undefined && isExported ? [PipedriveOAuth] : []),
      ...passesOn.map(({ metatype }) => metatype),
    ]),
  } as unknown as Module
}

function clientAs(clientId: string, redirectUri = 'https://app.example.com/callback'): PipedriveOAuth {
  return new PipedriveOAuth({
    clientId,
    clientSecret: 'secret',
    redirectUri,
    secrets: ['only-for-tests-0123456789-0123456789'],
  })
}

const [crm, sales] = [clientAs('crm'), clientAs('sales')]
const ofCrm = moduleOf({ client: crm })
const ofSales = moduleOf({ client: sales })
const globalSales = moduleOf({ client: sales, isGlobal: true })
const shared = moduleOf({ imports: [ofCrm], passesOn: [ofCrm] })

describe('a handler can be given', () => {
  test.each([
    ['nothing without a module', undefined, []],
    ['nothing in a module that imports nothing', moduleOf({}), []],
    ['the client of its own module', moduleOf({ client: crm, imports: [ofSales] }), [crm]],
    ['the client of a module that its own imports', moduleOf({ imports: [undefined, ofCrm] }), [crm]],
    ['those of several', moduleOf({ imports: [ofCrm, ofSales] }), [crm, sales]],
    [
      'nothing that a module keeps to itself',
      moduleOf({ imports: [moduleOf({ client: crm, isExported: false })] }),
      [],
    ],
    ['what a module passes on', moduleOf({ imports: [shared] }), [crm]],
    [
      'what a module passes on that waits for another import',
      moduleOf({ imports: [moduleOf({ imports: [undefined, ofCrm], passesOn: [ofCrm] })] }),
      [crm],
    ],
    ['nothing that a module does not pass on', moduleOf({ imports: [moduleOf({ imports: [ofCrm] })] }), []],
    ['what comes by two ways, once', moduleOf({ imports: [ofCrm, shared] }), [crm]],
    ['a global one', moduleOf({ imports: [globalSales] }), [sales]],
    ['not the global one where there is a nearer one', moduleOf({ imports: [globalSales, ofCrm] }), [crm]],
  ])('%s', (_what, module, expected) => {
    expect(clientsInReach(module)).toEqual(expected)
  })

  test('what modules that import each other pass on', () => {
    const imports = new Set<Module>([ofCrm])
    const one = { ...moduleOf({ passesOn: [ofCrm] }), imports } as Module
    const other = moduleOf({ imports: [one], passesOn: [one] })
    imports.add(other)
    one.exports.add(other.metatype)
    expect(clientsInReach(moduleOf({ imports: [other] }))).toEqual([crm])
    expect(clientsInReach(one)).toEqual([crm])
  })

  test('no global client by the way over a module that imports its own, where there is a nearer one', () => {
    const imports = new Set<Module>()
    const one = { ...moduleOf({ passesOn: [globalSales] }), imports } as Module
    for (const each of [moduleOf({ imports: [one], passesOn: [one] }), globalSales, ofCrm]) imports.add(each)
    expect(clientsInReach(one)).toEqual([crm])
  })
})

test('an app is known by its client id and its callback address', () => {
  const again = clientAs('crm')
  const elsewhere = clientAs('crm', 'https://eu.example.com/callback')
  expect([isSameApp(crm, again), isSameApp(crm, sales), isSameApp(crm, elsewhere)]).toEqual([
    true,
    false,
    false,
  ])
  expect(onePerApp([crm, sales, again, elsewhere])).toEqual([crm, sales, elsewhere])
  expect([clientOf(ofCrm), clientOf(moduleOf({})), clientOf(undefined)]).toEqual([crm, undefined, undefined])
})
