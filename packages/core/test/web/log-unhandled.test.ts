import { expect, onTestFinished, test, vi } from 'vitest'
import { logUnhandled } from '../../src/adapter.ts'
import { TokenEndpointError, type LogDetails } from '../../src/index.ts'

const request = { method: 'POST', route: '/deals' }

/** Tells it to a logger. Returns what that got. */
function told(error: unknown): { readonly message: string; readonly details: LogDetails } {
  const lines: { message: string; details: LogDetails }[] = []
  const tell = (message: string, details: LogDetails) => void lines.push({ message, details })
  logUnhandled(error, request, { error: tell, warn: () => expect.unreachable() })
  const [line] = lines
  if (lines.length !== 1 || line === undefined) throw new Error(`There are ${lines.length} lines`)
  return line
}

test('an error of the application is told with its stack and where to look', () => {
  const { message, details } = told(new TypeError('no such column'))
  expect(message).toContain('POST /deals was answered with 500')
  expect(details).toMatchObject({
    code: 'unexpected_error',
    status: 500,
    method: 'POST',
    route: '/deals',
    action: 'Correct what threw this; see the stack.',
    stack: expect.stringContaining('no such column'),
  })
})

test('an error of this library is told with its own code and action, and without a stack', () => {
  const { details } = told(new TokenEndpointError('token_endpoint_unavailable'))
  expect(details).toMatchObject({ code: 'token_endpoint_unavailable', status: 500 })
  expect(details.action).not.toContain('see the stack')
  expect(details.stack).toBeUndefined()
})

test('it is told to the console by default, and with `false` to nobody', () => {
  const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
  onTestFinished(() => printed.mockRestore())
  logUnhandled(new Error('a bug'), request, false)
  expect(printed).not.toHaveBeenCalled()
  logUnhandled(new Error('a bug'), request)
  expect(printed).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('POST /deals'))
})
