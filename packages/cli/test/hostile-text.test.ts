import { Writable } from 'node:stream'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Output } from '../src/output.ts'
import { printable, printableLines } from '../src/show/printable.ts'
import { createScene, type Scene } from './command-line.ts'
import { createSceneWithApi } from './own-api.ts'
import { openTerminal } from './terminal.ts'

/** Clears the screen, sets the title, rings, links, moves the cursor; in C0 and C1; and turns the direction of text. */
const hostile = 'Eve\u001B[2J\u001B]0;owned\u0007\u009B31m\u001B[8mx\u001B[999C\u202Egnp\u2066\u2028\u007F'

const ownStyles = new RegExp(`${'\u001B'}\\[(?:1|2|22|31|32|33|39)m`, 'g')

/** Fails if a terminal received anything but text, line breaks and the program's own colours. */
function expectTame(raw: string): void {
  const text = raw.replaceAll(ownStyles, '').replaceAll(/[\r\n]/g, '')
  expect(JSON.stringify(text)).toEqual(
    JSON.stringify(text.replaceAll(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, '')),
  )
}

test('F82 printable text holds no character that controls a terminal, and loses nothing', () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom(...hostile, '\n', '\t', '\r', '"', '\\'),
      fc.string({ unit: 'binary', maxLength: 1 }),
    ),
  })
  fc.assert(
    fc.property(text, (given) => {
      expectTame(printable(given))
      expectTame(printableLines(given).replaceAll('\t', ''))
      expect(JSON.parse(printableLines(JSON.stringify(given)))).toBe(given)
    }),
  )
})

test('F82 whatever a command prints, only its own colours reach the terminal', () => {
  const printed: string[] = []
  const write = (text: Buffer, _: string, done: () => void) => {
    printed.push(text.toString())
    done()
  }
  const stream = Object.assign(new Writable({ write }), { isTTY: true })
  const output = new Output(stream, stream)
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...hostile, 'a', '\n') }), (text) => {
      printed.length = 0
      output.result(`${output.styled('bold', 'NAME')} ${text}`)
      output.json({ [text]: text })
      output.message(text)
      output.warning(text)
      output.error(text)
      expectTame(printed.join(''))
    }),
  )
})

async function shownBy(scene: Scene, args: readonly string[]) {
  const terminal = openTerminal(scene, args, { columns: 400 })
  await terminal.ended
  return terminal.raw()
}

test('F82 a name from Pipedrive cannot control the terminal, whatever shows it', async () => {
  const users = [{ id: 11, companyId: 1001, name: hostile, email: `${hostile}@acme.example` }]
  const companies = [{ id: 1001, name: hostile, domain: 'acme' }]
  const scene = await createScene({ users, companies })
  await scene.connect()
  for (const args of [
    ['status'],
    ['status', '1001:11'],
    ['status', '--json'],
    ['explain'],
    ['api', 'GET', '/api/v1/users/me', '-i'],
    [hostile],
  ]) {
    const raw = await shownBy(scene, args)
    expect([args, raw]).toEqual([args, expect.stringContaining('Eve')])
    expectTame(raw)
  }
})

test.each([
  ['text', 'text/plain', hostile, 'Eve'],
  ['JSON', 'application/json', `{"${hostile.replaceAll(/\p{Cc}/gu, '')}":"\u009B31m"}`, 'Eve'],
  ['bytes', 'image/png', Buffer.from([0x89, 0x1b, 0x5b, 0x32, 0x4a, 0xff]), 'not text but 6 bytes'],
  ['zeros', 'text/plain', 'a\0b', 'not text but 3 bytes'],
])('F82 an answer of the API that is %s cannot control the terminal', async (_, type, body, shown) => {
  const scene = await createSceneWithApi((response) => {
    response.statusMessage = 'B\u009Bd'
    response.writeHead(418, { 'content-type': type, 'x-hostile': 'a\u009B2Jb\u0085' }).end(body)
  })
  const raw = await shownBy(scene, ['api', 'GET', '/x', '-i'])
  expect(raw).toContain('x-hostile: a\\u009b2Jb\\u0085')
  expect(raw).toContain(shown)
  expectTame(raw)
})
