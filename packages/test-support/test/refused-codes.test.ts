import { createFakePipedrive } from '@pd/fake-pipedrive'
import { expect, test } from 'vitest'
import { refuseCallbackAddress } from '../src/mistakes/refused-codes.ts'
import { redeem } from '../src/redeem.ts'

test('the scripted refusal of a callback address is what the fake answers to another one', async () => {
  const fake = createFakePipedrive()
  const callback = new URL(await fake.approve(fake.authorizeUrl()))
  const answered = await redeem(fake, callback, `${fake.app.redirectUri}/`)
  refuseCallbackAddress(fake)
  const scripted = await redeem(fake, callback)
  expect([scripted.status, await scripted.json()]).toEqual([answered.status, await answered.json()])
})
