import type { ArgumentsHost } from '@nestjs/common'
import { ReauthorizationRequiredError, TokenEndpointError } from '@pd/oauth-core'
import { lastValueFrom, type Observable } from 'rxjs'
import { expect, test, vi } from 'vitest'
import { PipedriveExceptionFilter } from '../src/index.ts'
import type { PipedriveWebAuth } from '../src/pipedrive-web-auth.ts'

const notInstalled = new ReauthorizationRequiredError('not_installed', '1001:11')

/** Lets the filter catch an error in a handler of this kind. */
function catchIn(kind: string, error = notInstalled as ReauthorizationRequiredError | TokenEndpointError) {
  const web = {
    origin: 'https://app.example.com',
    tellFailure: vi.fn(),
    answer: vi.fn(async () => new Response('connect first', { status: 401 })),
  }
  const request = { method: 'GET', url: '/deals', headers: {} }
  const reply = { raw: {}, code: vi.fn(), header: vi.fn(), send: vi.fn() }
  const client = { emit: vi.fn() }
  const host = {
    getType: () => kind,
    switchToHttp: () => ({ getRequest: () => request, getResponse: () => reply }),
    switchToWs: () => ({ getClient: () => client }),
  } as unknown as ArgumentsHost
  const filter = new PipedriveExceptionFilter(web as unknown as PipedriveWebAuth)
  return { web, client, caught: () => filter.catch(error, host) }
}

test.each(['graphql', 'necord'])('in a handler of %s the very error is thrown again, and told', (kind) => {
  const { web, caught } = catchIn(kind)
  expect(caught).toThrow(expect.toSatisfy((thrown) => thrown === notInstalled))
  expect(web.tellFailure).toHaveBeenCalledExactlyOnceWith(`a handler of ${kind} failed`, notInstalled)
})

test('GraphQL finds the code in extensions', () => {
  expect(catchIn('graphql').caught).toThrow(
    expect.objectContaining({ extensions: { code: 'not_installed' } }),
  )
})

test('a microservice answers with code and message, and the failure is told', async () => {
  const { web, caught } = catchIn('rpc')
  await expect(lastValueFrom(caught() as Observable<never>)).rejects.toEqual({
    status: 'error',
    code: 'not_installed',
    message: notInstalled.message,
  })
  expect(web.tellFailure).toHaveBeenCalledOnce()
})

test('a gateway sends the words for everybody as an event', async () => {
  const error = new TokenEndpointError('token_endpoint_unavailable')
  const { client, caught } = catchIn('ws', error)
  await caught()
  expect(client.emit).toHaveBeenCalledExactlyOnceWith('exception', {
    status: 'error',
    code: 'token_endpoint_unavailable',
    message: expect.any(String),
  })
  expect(client.emit.mock.calls[0]?.[1].message).not.toBe(error.message)
})
