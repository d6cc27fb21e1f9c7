import { expect, test } from 'vitest'
import { connect } from '../../connect.ts'
import { createWorld, startApp, type RunningApp } from '../../start-app.ts'
import { graphqlModule } from './app.module.ts'

async function titles({ browser }: RunningApp) {
  const response = await browser.send('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ titles }' }),
  })
  return response.json()
}

test('a resolver gets the installation, and who has none an error with its code', async () => {
  await using world = await createWorld()
  await using running = await startApp(graphqlModule(world.options))
  expect((await titles(running)).errors).toMatchObject([{ extensions: { code: 'not_signed_in' } }])
  await connect(world.fake, running.browser)
  const { data, errors } = await titles(running)
  expect(errors).toBeUndefined()
  expect(data.titles.length).toBeGreaterThan(0)
})
