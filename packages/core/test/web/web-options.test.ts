import { describe, expect, test } from 'vitest'
import { checkGuardOptions, checkWebOptions } from '../../src/adapter.ts'
import { createOAuthHandler, ConfigurationError } from '../../src/index.ts'
import { createScene } from '../flow/scene.ts'

function problems(options: unknown): readonly string[] {
  try {
    checkWebOptions(options as object)
    return []
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
}

describe('the web options', () => {
  test.each([
    [{}],
    [{ missingState: 'restart', sessionMs: 0, extensionSecrets: ['a'], path: '/pipedrive' }],
    [{ sharingNotices: true }],
    [{ missingState: 'accept' }],
    [{ missingState: 'reject' }],
    [{ path: '/' }],
    [
      {
        identify: () => undefined,
        referenceOf: () => undefined,
        onConnected: () => undefined,
        onMissing: () => undefined,
      },
    ],
    [
      Object.fromEntries(
        ['missingState', 'sessionMs', 'extensionSecrets', 'path', 'identify', 'onConnected', 'onMissing'].map(
          (name) => [name, undefined],
        ),
      ),
    ],
  ])('may be %o', (options) => {
    expect(problems(options)).toEqual([])
  })

  test.each([
    [{ missingState: 'acept' }, 'missingState must be restart, accept or reject'],
    [{ missingState: null }, 'missingState must be restart, accept or reject'],
    [{ sessionMs: -1 }, 'sessionMs must be a number of milliseconds, 0 or more'],
    [{ sessionMs: '30' }, 'sessionMs must be a number of milliseconds, 0 or more'],
    [{ sessionMs: Number.NaN }, 'sessionMs must be a number of milliseconds, 0 or more'],
    [{ sessionMs: Number.POSITIVE_INFINITY }, 'sessionMs must be a number of milliseconds, 0 or more'],
    [{ extensionSecrets: 'one' }, 'extensionSecrets must be an array of at least one JWT secret'],
    [{ extensionSecrets: [] }, 'extensionSecrets must be an array of at least one JWT secret'],
    [{ extensionSecrets: [''] }, 'extensionSecrets must be an array of at least one JWT secret'],
    [{ sharingNotices: 'yes' }, 'sharingNotices must be true or false'],
    [{ path: 'pipedrive' }, 'path must be a path such as /pipedrive, without a query'],
    [{ path: '//evil.example' }, 'path must be a path such as /pipedrive, without a query'],
    [{ path: '/a?b' }, 'path must be a path such as /pipedrive, without a query'],
    [{ path: '/a#b' }, 'path must be a path such as /pipedrive, without a query'],
    [{ path: '/a\\b' }, 'path must be a path such as /pipedrive, without a query'],
    [{ path: '/\\evil.example' }, 'path must be a path such as /pipedrive, without a query'],
    [{ path: '/..//evil.example' }, 'path must be a path such as /pipedrive, without a query'],
    [{ identify: 'me' }, 'identify must be a function'],
    [{ referenceOf: 'me' }, 'referenceOf must be a function'],
    [{ onConnected: {} }, 'onConnected must be a function'],
    [{ onMissing: '/login' }, 'onMissing must be a function'],
    [{ onConected: () => {} }, 'onConected is not a known option'],
    [null, 'options must be an object'],
  ])('are refused with a sentence: %o', (options, sentence) => {
    expect(problems(options)).toEqual([sentence])
  })

  test('of a guard are refused with a sentence, also if they are no object', () => {
    for (const options of [null, 7, { scope: ['base'] }, { scopes: 'base' }])
      expect(() => checkGuardOptions(options as object)).toThrow(ConfigurationError)
    for (const options of [{}, { scopes: undefined }, { scopes: [] }, { scopes: ['base', 'deals:read'] }])
      expect(() => checkGuardOptions(options)).not.toThrow()
  })

  test('are refused once, with every unknown name and every wrong value', () => {
    const options = { missingState: 'acept', sesionMs: 1, sessionMs: -1 }
    expect(problems(options)).toHaveLength(3)
    expect(() => createOAuthHandler(createScene().client(), options as object)).toThrow(ConfigurationError)
  })
})
