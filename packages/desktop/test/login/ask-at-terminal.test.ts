import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { CallbackError } from '@pd/oauth-core'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { askAtTerminal, isAtTerminal } from '../../src/login/ask-at-terminal.ts'

const url = 'https://oauth.pipedrive.com/oauth/authorize?client_id=app'

/** Puts streams in the place of those of this process. */
function useStreams({ stdin, stderr }: { stdin: object; stderr: object }): void {
  const spies = [
    vi.spyOn(process, 'stdin', 'get').mockReturnValue(stdin as typeof process.stdin),
    vi.spyOn(process, 'stderr', 'get').mockReturnValue(stderr as typeof process.stderr),
  ]
  onTestFinished(() => spies.forEach((spy) => spy.mockRestore()))
}

/** Somebody who reads standard error and types. */
function startConversation(mistake?: CallbackError) {
  const input = new PassThrough()
  const output = new PassThrough()
  useStreams({ stdin: input, stderr: output })
  let shown = ''
  output.on('data', (chunk: Buffer) => (shown += String(chunk)))
  const over = new AbortController()
  return {
    input,
    over,
    answer: askAtTerminal(url, { signal: over.signal, mistake }),
    shown: async (end: string) => {
      while (!shown.endsWith(end)) await once(output, 'data')
      return shown
    },
  }
}

describe('isAtTerminal()', () => {
  test.each([
    [true, true, true],
    [true, undefined, false],
    [undefined, true, false],
    [undefined, undefined, false],
  ])('with standard input %s and standard error %s is %s', (first, second, expected) => {
    useStreams({ stdin: { isTTY: first }, stderr: { isTTY: second } })
    expect(isAtTerminal()).toBe(expected)
  })
})

describe('askAtTerminal()', () => {
  test('shows the address and resolves to the line that is pasted', async () => {
    const { answer, input, shown } = startConversation()
    expect(await shown('that it ends up at: ')).toContain(`\n\n  ${url}\n\n`)
    input.write('http://localhost:3000/callback?code=1\n')
    expect(await answer).toBe('http://localhost:3000/callback?code=1')
  })

  test('says what was wrong with the last one, and shows the address again', async () => {
    const mistake = new CallbackError('code_refused')
    const { answer, input, shown } = startConversation(mistake)
    expect(await shown('Once more: ')).toBe(`${mistake.message}\n\n  ${url}\n\nOnce more: `)
    input.write('again\n')
    expect(await answer).toBe('again')
  })

  test('resolves to undefined when the input ends', async () => {
    const { answer, input, shown } = startConversation()
    await shown('that it ends up at: ')
    input.end()
    expect(await answer).toBeUndefined()
  })

  test('ends its line when the browser was faster, and reads no more', async () => {
    const { answer, input, over, shown } = startConversation()
    await shown('that it ends up at: ')
    over.abort()
    expect(await answer).toBeUndefined()
    expect(await shown('\n')).toMatch(/ends up at: \r\n$/)
    expect(input.isPaused()).toBe(true)
  })

  test('rejects if the terminal breaks', async () => {
    const { answer, input, shown } = startConversation()
    await shown('that it ends up at: ')
    input.destroy(new Error('the terminal is gone'))
    await expect(answer).rejects.toThrow('the terminal is gone')
  })
})
