import { expect, test } from 'vitest'
import { expectOwn, foreignRecord, separateApps } from '../../../src/client/records/foreign-record.ts'
import { ownActionOf } from '../../../src/client/runtime/action-for.ts'
import { TokenEndpointError } from '../../../src/errors.ts'
import { activeState } from './active-state.ts'

const appOf = (clientId: string) => ({ clientId, redirectUri: 'https://app.example.com/callback' })

const caught = (run: () => void) => {
  try {
    run()
    return undefined
  } catch (error) {
    return error as TokenEndpointError
  }
}

test('the error for a record of another app names both, the installation, and what to do', () => {
  const error = foreignRecord('1:2', 'theirs', 'ours')
  expect(error).toBeInstanceOf(TokenEndpointError)
  expect(error).toMatchObject({ code: 'client_rejected', installationId: '1:2' })
  expect(error.message).toContain('client id theirs')
  expect(error.message).toContain('client id ours')
  expect(ownActionOf(error)).toBe(separateApps)
})

test('a record of the app itself is its own, and one that is not there as well', () => {
  expect(caught(() => expectOwn('1:2', activeState(0), appOf('a-client')))).toBeUndefined()
  expect(caught(() => expectOwn('1:2', undefined, appOf('a-client')))).toBeUndefined()
})

test('a record of another app is refused', () => {
  const refused = caught(() => expectOwn('1:2', activeState(0), appOf('ours')))
  expect(refused).toBeInstanceOf(TokenEndpointError)
  expect(refused).toMatchObject({ code: 'client_rejected', installationId: '1:2' })
  expect(refused?.message).toContain('client id a-client')
})
