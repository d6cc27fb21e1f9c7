import { jwtVerify } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { createFakePipedrive, type FakePipedriveOptions } from '../src/index.ts'

async function createScene(options: FakePipedriveOptions = {}) {
  const fake = createFakePipedrive(options)
  onTestFinished(() => fake.close())
  const { origin } = await fake.listen()
  return { fake, get: (path: string) => fetch(origin + path) }
}

const panelUrl = 'https://app.example/panel?view=small'

test('the panel page frames the panel with the ids of the user and the signed token', async () => {
  const { fake, get } = await createScene({ panelUrl })
  const page = await get('/__fake/panel?user=1002:13')
  expect(page.status).toBe(200)
  const [, source = ''] = /<iframe src="([^"]+)"/.exec(await page.text()) ?? []
  const address = new URL(source.replaceAll('&amp;', '&'))
  const { token = '', ...others } = Object.fromEntries(address.searchParams)
  expect(address.origin + address.pathname).toBe('https://app.example/panel')
  expect(others).toEqual({ view: 'small', userId: '13', companyId: '1002' })
  const { payload } = await jwtVerify(token, new TextEncoder().encode(fake.app.clientSecret))
  expect(payload).toMatchObject({ userId: 13, companyId: 1002 })
})

test('the index page links to the panel of each user, if the app has a panel', async () => {
  const linksOf = async (options: FakePipedriveOptions) =>
    (await (await (await createScene(options)).get('/')).text()).match(
      /href="\/__fake\/panel\?user=\d+:\d+"/g,
    ) ?? []
  expect(await linksOf({ panelUrl })).toHaveLength(5)
  expect(await linksOf({})).toEqual([])
})

test.each([
  [{ panelUrl }, '?user=1001:99'],
  [{ panelUrl }, ''],
  [{}, '?user=1001:11'],
])('the panel page answers 404 for %j and %s', async (options, query) => {
  const { get } = await createScene(options)
  expect((await get(`/__fake/panel${query}`)).status).toBe(404)
})

test('the panel page is not logged as a call', async () => {
  const { fake, get } = await createScene({ panelUrl })
  await get('/__fake/panel?user=1001:11')
  expect(fake.calls).toEqual([])
})
