import { jwtVerify } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { createFakePipedrive, type FakePipedriveOptions } from '../src/index.ts'

async function listening(options: FakePipedriveOptions = {}) {
  const fake = createFakePipedrive(options)
  onTestFinished(() => fake.close())
  const { origin } = await fake.listen()
  return { fake, get: (path: string) => fetch(origin + path) }
}

const panelUrl = 'https://app.example/panel?view=small'

test('the panel is framed with who looks at it, said and signed', async () => {
  const { fake, get } = await listening({ panelUrl })
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

test('the front page leads to the panel of each user, if there is one', async () => {
  const linksOf = async (options: FakePipedriveOptions) =>
    (await (await (await listening(options)).get('/')).text()).match(
      /href="\/__fake\/panel\?user=\d+:\d+"/g,
    ) ?? []
  expect(await linksOf({ panelUrl })).toHaveLength(5)
  expect(await linksOf({})).toEqual([])
})

test.each([
  [{ panelUrl }, '?user=1001:99'],
  [{ panelUrl }, ''],
  [{}, '?user=1001:11'],
])('no panel is made up: %j %s', async (options, query) => {
  const { get } = await listening(options)
  expect((await get(`/__fake/panel${query}`)).status).toBe(404)
})

test('a look at the panel leaves no trace in the calls', async () => {
  const { fake, get } = await listening({ panelUrl })
  await get('/__fake/panel?user=1001:11')
  expect(fake.calls).toEqual([])
})
