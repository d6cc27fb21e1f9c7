import { expect, test } from 'vitest'
import { webAuths } from '../../src/adapter.ts'
import { createScene } from '../flow/scene.ts'

test('webAuths() makes one web auth for each client', () => {
  const { client } = createScene()
  const [one, other] = [client(), client()]
  const authOf = webAuths({ path: '/own' })
  expect(authOf(one)).toBe(authOf(one))
  expect(authOf(other)).not.toBe(authOf(one))
  expect(authOf(one).paths.callback).toMatch(/^\/own(\/|$)/)
})

test('webAuths() refuses options before there is a client', () => {
  expect(() => webAuths({ pth: '/own' } as object)).toThrow(
    expect.objectContaining({ code: 'invalid_configuration', problems: ['pth is not a known option'] }),
  )
})
