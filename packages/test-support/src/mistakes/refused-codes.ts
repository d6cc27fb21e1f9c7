import type { FakePipedrive } from '@pd/fake-pipedrive'

/** Lets the fake refuse the next code as it does if the application's callback address is not the registered one. */
export function refuseCallbackAddress(fake: FakePipedrive): void {
  const body = {
    success: false,
    error: 'invalid_request',
    message: 'Invalid request: redirect_uri is invalid',
  }
  fake.faults.add({ endpoint: 'token', fault: { type: 'status', status: 400, body } })
}
