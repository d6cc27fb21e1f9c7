import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { identityRequest, readIdentity } from '../../src/protocol/identity.ts'

const me = {
  id: 11,
  company_id: 1001,
  company_name: 'Acme',
  company_domain: 'acme',
  name: 'Ada',
  email: 'ada@acme.example',
}

function read(changes: Record<string, unknown>) {
  return readIdentity(JSON.stringify({ success: true, data: { ...me, ...changes } }))
}

test('identityRequest() asks users/me at the installation’s own API domain, with the bearer token', () => {
  expect(identityRequest('https://acme.pipedrive.com', 'v1u:AQ+/=')).toEqual({
    url: 'https://acme.pipedrive.com/api/v1/users/me',
    method: 'GET',
    headers: { accept: 'application/json', authorization: 'Bearer v1u:AQ+/=' },
  })
})

describe('readIdentity()', () => {
  test('reads the user and the company', () => {
    expect(read({ further: 'fields' })).toEqual({
      companyId: 1001,
      userId: 11,
      companyName: 'Acme',
      companyDomain: 'acme',
      userName: 'Ada',
      email: 'ada@acme.example',
    })
  })

  test.each([
    [true, true],
    [1, true],
    [false, false],
    [0, false],
  ])('reads is_admin %j as %j', (is_admin, isAdmin) => {
    expect(read({ is_admin })).toMatchObject({ isAdmin })
  })

  test.each([undefined, null, 2, 'yes'])(
    'does not know from is_admin %j who is an administrator',
    (is_admin) => {
      expect(read({ is_admin })).not.toHaveProperty('isAdmin')
    },
  )

  test('reads ids that are written as strings', () => {
    expect(read({ id: '11', company_id: '1001' })).toMatchObject({ companyId: 1001, userId: 11 })
    expect(read({ id: String(Number.MAX_SAFE_INTEGER) })).toMatchObject({ userId: Number.MAX_SAFE_INTEGER })
  })

  test('leaves out names that are absent, null or empty', () => {
    const nameless = { company_name: undefined, company_domain: null, name: '', email: undefined }
    expect(read(nameless)).toEqual({ companyId: 1001, userId: 11 })
  })

  const unusable = [
    undefined,
    null,
    0,
    -1,
    1.5,
    2 ** 53,
    '',
    '0',
    '-1',
    '1.5',
    ' 1',
    '1e3',
    '0x1',
    true,
    [1],
    'abc',
  ]
  const written = [...unusable, '9007199254740993', '12345678901234567']
  test.each(written.map((value) => [value]))('returns undefined for the id %j', (value) => {
    expect(read({ id: value })).toBeUndefined()
    expect(read({ company_id: value })).toBeUndefined()
  })

  test.each([
    [undefined],
    [''],
    ['<html>'],
    ['null'],
    ['[]'],
    ['{}'],
    ['{"success":false,"error":"unauthorized access","errorCode":401}'],
    ['{"success":true,"data":null}'],
    ['{"success":true,"data":[]}'],
    ['{"error":"Scope and URL mismatch"}'],
    ['{"success":true,"data":{"id":11,"company_id"'],
  ])('returns undefined for the body %j', (body) => {
    expect(readIdentity(body)).toBeUndefined()
  })

  test('never throws, for any text or JSON', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        expect(readIdentity(body)).toBeUndefined()
      }),
    )
  })
})
