import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { createScene, startProgram } from './command-line.ts'
import { createSceneWithApi } from './own-api.ts'

test('api prints the body unchanged', async () => {
  const { connect, run } = await createScene()
  await connect()
  const { code, stdout, stderr } = await run(['api', 'GET', '/api/v1/users/me'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(JSON.parse(stdout)).toMatchObject({ success: true })
  expect(stdout).not.toContain('\n')
})

test('api sends a body from the command line, a file and standard input', async () => {
  const { connect, home, run } = await createScene()
  await connect()
  const file = join(home, 'deal.json')
  writeFileSync(file, '{"title":"of a file"}')
  const post = async (data: string, input = '') => {
    const { code, stdout } = await run(['api', 'post', '/api/v2/deals', '-d', data], { input })
    expect(code).toBe(0)
    return (JSON.parse(stdout) as { data: { title: string } }).data.title
  }
  expect(await post('{"title":"in the line"}')).toBe('in the line')
  expect(await post(`@${file}`)).toBe('of a file')
  expect(await post('-', '{"title":"from a pipe"}')).toBe('from a pipe')
})

test('api -i also prints the status and the headers', async () => {
  const { connect, run } = await createScene()
  await connect()
  const { stdout } = await run(['api', 'GET', '/api/v2/deals', '-i', '-H', 'accept: application/json'])
  expect(stdout).toMatch(/^HTTP 200 OK\n/)
  const [head = '', body = ''] = stdout.split('\n\n')
  expect(head).toMatch(/^content-type: application\/json/m)
  expect(JSON.parse(body)).toMatchObject({ success: true })
})

test('api prints a refusal of Pipedrive and ends with the exit code for it', async () => {
  const { connect, run } = await createScene()
  await connect()
  const { code, stdout, stderr } = await run(['api', 'GET', '/api/v2/nothing'])
  expect(code).toBe(7)
  expect(stdout).toContain('"success":false')
  expect(stderr).toContain('Pipedrive answered 404')
})

/** Every byte, at the beginning a byte order mark and at the end half a character: no text survives being read as such. */
const everyByte = Buffer.from([0xef, 0xbb, 0xbf, ...Array.from({ length: 256 }, (_, byte) => byte), 0xc3])

test.each([
  ['every byte', everyByte],
  ['nothing', Buffer.alloc(0)],
  ['line breaks', Buffer.from('\r\n\n\r')],
])('F56 api sends and prints %s unchanged', async (_, body) => {
  const { bodies, env, home } = await createSceneWithApi((response) => response.end(body))
  const file = join(home, 'body.bin')
  writeFileSync(file, body)
  for (const [data, input] of [
    ['-', body],
    [`@${file}`, ''],
  ] as const) {
    const child = startProgram(['api', 'POST', '/x', '-d', data], { env })
    child.stdin.end(input)
    const [printed, [code]] = await Promise.all([buffer(child.stdout), once(child, 'exit')])
    expect([code, printed.equals(body), bodies.at(-1)?.equals(body)]).toEqual([0, true, true])
  }
  expect(bodies).toHaveLength(2)
})

test.each([
  [399, 0],
  [400, 7],
  [599, 7],
])('api ends, at a status of %i, with the exit code %i', async (status, code) => {
  const { run } = await createSceneWithApi((response) =>
    response.writeHead(status, { 'content-length': 0 }).end(),
  )
  const ended = await run(['api', 'GET', '/x'])
  expect([ended.code, ended.stdout, /Pipedrive answered (\d+)/.exec(ended.stderr)?.[1]]).toEqual([
    code,
    '',
    code === 0 ? undefined : String(status),
  ])
})

test('F26 api refreshes once after a 401', async () => {
  const { connect, fake, run } = await createScene()
  await connect()
  fake.killAccessTokens()
  expect(await run(['api', 'GET', '/api/v2/deals'])).toMatchObject({ code: 0 })
  expect(fake.tokenRequests({ grantType: 'refresh_token' })).toHaveLength(1)
})

test('F31 api does not send the token to another host', async () => {
  const { connect, run } = await createScene()
  await connect()
  const asked: string[] = []
  const elsewhere = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.end()
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void elsewhere.close())
  await once(elsewhere, 'listening')
  const { port } = elsewhere.address() as { port: number }
  const { code, stdout, stderr } = await run(['api', 'GET', `http://127.0.0.1:${port}/api/v2/deals`])
  expect({ code, stdout, asked }).toEqual({ code: 2, stdout: '', asked: [] })
  expect(stderr).toContain('[foreign_origin]')
})

test.for([
  [['GET', '/x', '-d', '{}'], 'A GET request has no body'],
  [['POST', '/x', '-H', 'hunter2-hunter2'], 'A header (-H) must be "Name: value"'],
  [['POST', '/x', '-H', 'Authorization: Bearer hunter2-hunter2'], 'Leave the Authorization header (-H) out'],
] as const)('api %s is refused with the reason, which repeats no secret', async ([args, message]) => {
  const { run } = await createScene()
  const { code, stdout, stderr } = await run(['api', ...args])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(message)
  expect(stderr).not.toContain('hunter2')
})

test.each([
  ['a missing file', 'nowhere.json', 'ENOENT'],
  ['a folder', '.', 'EISDIR'],
])('a body from %s is an error that names it', async (_, path, reason) => {
  const { run } = await createScene()
  const { code, stderr } = await run(['api', 'POST', '/api/v2/deals', '-d', `@${path}`])
  expect(code).toBe(3)
  expect(stderr).toContain(`The file ${path} cannot be read (${reason}).`)
})

test('api ends in order when the reader of its output stops in the middle of a response', async () => {
  const { connect, env, fake, run } = await createScene()
  await connect()
  for (const title of ['one', 'two'])
    await run(['api', 'POST', '/api/v2/deals', '-d', JSON.stringify({ title })])
  const gate = fake.faults.hold({ endpoint: 'api' })
  const child = startProgram(['api', 'GET', '/api/v2/deals'], { env })
  const ended = once(child, 'exit')
  let stderr = ''
  child.stderr.on('data', (part) => (stderr += String(part)))
  await gate.reached
  child.stdout.destroy()
  gate.release()
  expect(await ended).toEqual([0, null])
  expect(stderr).toBe('')
})
