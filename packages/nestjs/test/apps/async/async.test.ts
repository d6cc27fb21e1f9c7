import { drive, expectedJourney } from '@pd/test-support/journey'
import { expect, test } from 'vitest'
import { createWorld, startApp } from '../../start-app.ts'
import { withClass, withExisting, withFactory } from './app.module.ts'

test.each([
  ['useClass', withClass],
  ['useExisting', withExisting],
  ['useFactory', withFactory],
])('options may come from elsewhere, by %s', async (_, appModule) => {
  await using world = await createWorld()
  await using running = await startApp(appModule(world.options))
  const journey = await drive(world.fake, [running.origin])
  expect(journey).toEqual(expectedJourney(journey.deals))
})
