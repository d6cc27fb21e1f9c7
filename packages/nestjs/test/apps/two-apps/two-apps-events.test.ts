import { Global, Injectable, Module, type DynamicModule, type Type } from '@nestjs/common'
import { PipedriveOAuth } from '@pd/oauth-core'
import { beforeEach, expect, test } from 'vitest'
import {
  OnPipedriveEvent,
  PipedriveModule,
  type PipedriveEvent,
  type PipedriveModuleOptions,
} from '../../../src/index.ts'
import { createWorld, startApp, type World } from '../../start-app.ts'

/** What the handlers were told. */
const heard: string[] = []
beforeEach(() => void heard.splice(0))

/** A module with a handler of its own, which names clients or leaves that to its imports. */
function featureOf(name: string, imports: (Type | DynamicModule)[] = [], clientIds?: string[]): Type {
  @Injectable()
  class Customers {
    @OnPipedriveEvent({ clientIds }, 'installed', 'uninstalled')
    hear({ type, installationId }: PipedriveEvent<'installed' | 'uninstalled'>, oauth: PipedriveOAuth) {
      heard.push(`${name}: ${type} ${installationId} of ${oauth.clientId}`)
    }
  }
  @Module({ imports, providers: [Customers] })
  class FeatureModule {}
  return FeatureModule
}

/** A module of the team's own around another one. */
function around(imports: (Type | DynamicModule)[], exports: (Type | DynamicModule)[] = []): Type {
  @Module({ imports, exports })
  class WrapperModule {}
  return WrapperModule
}

function globally(wrapped: Type): Type {
  Global()(wrapped)
  return wrapped
}

async function createTwoWorlds() {
  const crm = await createWorld({ clientId: 'crm', redirectUri: 'http://localhost:8787/crm/callback' })
  const sales = await createWorld({ clientId: 'sales', redirectUri: 'http://localhost:8787/sales/callback' })
  const close = async () => {
    await crm[Symbol.asyncDispose]()
    await sales[Symbol.asyncDispose]()
  }
  return { crm, sales, [Symbol.asyncDispose]: close }
}

const moduleOf = ({ options }: World, more: Partial<PipedriveModuleOptions> & { isGlobal?: boolean } = {}) =>
  PipedriveModule.forRoot({ ...options, ...more })

/** A user connects to an app and uninstalls it, by the client of that app alone. */
async function comeAndGo({ fake }: World, oauth: PipedriveOAuth): Promise<void> {
  const { url, attempt } = await oauth.authorize()
  const { installation } = await oauth.callback(await fake.approve(url), attempt)
  await installation.uninstall()
}

/** Starts the application, lets a user come to each app and go, and returns what was heard. */
async function heardIn(root: Type, { crm, sales }: { crm: World; sales: World }): Promise<readonly string[]> {
  await using running = await startApp(root)
  const clients = running.app.get(PipedriveOAuth, { strict: false, each: true })
  for (const world of [crm, sales])
    await comeAndGo(
      world,
      clients.find(({ clientId }) => clientId === world.options.clientId)!,
    )
  return heard.toSorted()
}

const bothOf = (name: string, clientId = name) => [
  `${name}: installed 1001:11 of ${clientId}`,
  `${name}: uninstalled 1001:11 of ${clientId}`,
]

test('F99 a handler hears the app that its own module imports', async () => {
  await using worlds = await createTwoWorlds()
  const features = [
    featureOf('crm', [moduleOf(worlds.crm)]),
    featureOf('sales', [around([moduleOf(worlds.sales)], [PipedriveModule])]),
  ]
  expect(await heardIn(around(features), worlds)).toEqual([...bothOf('crm'), ...bothOf('sales')])
})

test.each(['crm', 'sales'] as const)('F99 only the handler of %s hears what happens to it', async (name) => {
  await using worlds = await createTwoWorlds()
  const features = [featureOf('crm', [moduleOf(worlds.crm)]), featureOf('sales', [moduleOf(worlds.sales)])]
  await using running = await startApp(around(features))
  const clients = running.app.get(PipedriveOAuth, { strict: false, each: true })
  await comeAndGo(
    worlds[name],
    clients.find(({ clientId }) => clientId === name)!,
  )
  expect(heard).toEqual(bothOf(name))
})

test('F99 a handler whose module imports no app hears the global one', async () => {
  await using worlds = await createTwoWorlds()
  const ofCrm = globally(around([moduleOf(worlds.crm)], [PipedriveModule]))
  const features = [ofCrm, featureOf('crm'), featureOf('sales', [moduleOf(worlds.sales)])]
  expect(await heardIn(around(features), worlds)).toEqual([...bothOf('crm'), ...bothOf('sales')])
})

test('F99 a handler that names client ids hears these apps, wherever it is, and is told which', async () => {
  await using worlds = await createTwoWorlds()
  const features = [
    moduleOf(worlds.crm),
    moduleOf(worlds.sales),
    featureOf('audit', [], ['crm', ' sales\n']),
    featureOf('mail', [], ['sales']),
  ]
  expect(await heardIn(around(features), worlds)).toEqual(
    [...bothOf('audit', 'crm'), ...bothOf('audit', 'sales'), ...bothOf('mail', 'sales')].toSorted(),
  )
})

test('F99 two modules of the same app need no name', async () => {
  await using crm = await createWorld({ clientId: 'crm' })
  const root = around([moduleOf(crm), moduleOf(crm, { routes: false }), featureOf('crm')])
  await using running = await startApp(root)
  for (const oauth of running.app.get(PipedriveOAuth, { strict: false, each: true }))
    await comeAndGo(crm, oauth)
  expect(heard.toSorted()).toEqual([...bothOf('crm'), ...bothOf('crm')].toSorted())
})

type Parts = Record<'crm' | 'sales', DynamicModule> & { readonly worlds: Record<'crm' | 'sales', World> }

test.each<[string, (parts: Parts) => (Type | DynamicModule)[], RegExp]>([
  [
    'imports none of several apps',
    ({ crm, sales }) => [around([crm]), around([sales]), featureOf('lost')],
    /Customers\.hear .* imports none of the apps crm, sales: .* name clientIds/,
  ],
  [
    'imports several apps',
    ({ crm, sales }) => [featureOf('torn', [crm, sales])],
    /Customers\.hear .* imports several of the apps crm, sales/,
  ],
  [
    'sees several global apps',
    ({ worlds }) => [
      moduleOf(worlds.crm, { isGlobal: true }),
      moduleOf(worlds.sales, { isGlobal: true }),
      featureOf('torn'),
    ],
    /Customers\.hear .* imports several of the apps crm, sales/,
  ],
  [
    'names an app without a module',
    ({ crm, sales }) => [crm, sales, featureOf('odd', [], ['crm', 'another'])],
    /clientIds of Customers\.hear must be among those of the modules: crm, sales/,
  ],
  [
    'names nobody',
    ({ crm }) => [crm, featureOf('odd', [], [])],
    /clientIds of Customers\.hear must be among those of the modules: crm/,
  ],
])('F99 nothing starts with a handler whose module %s', async (_, featuresOf, message) => {
  await using worlds = await createTwoWorlds()
  const parts = { crm: moduleOf(worlds.crm), sales: moduleOf(worlds.sales), worlds }
  await expect(startApp(around(featuresOf(parts)))).rejects.toMatchObject({
    code: 'invalid_configuration',
    message: expect.stringMatching(message),
  })
})
