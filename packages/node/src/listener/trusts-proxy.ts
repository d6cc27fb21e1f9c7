import type { ReceivedRequest } from './received-request.ts'

/** Whether `X-Forwarded-*` is believed: as the option says, else as Express's `trust proxy` says, else not. */
export function trustsProxy({ app, socket }: ReceivedRequest, option: boolean | undefined): boolean {
  if (option !== undefined) return option
  // Express compiles the setting into this function, which its own `req.protocol` and `req.hostname` ask, too.
  const trusts = hasSettings(app) ? app.get('trust proxy fn') : undefined
  return typeof trusts === 'function' && trusts(socket.remoteAddress, 0) === true
}

function hasSettings(app: unknown): app is { get(name: string): unknown } {
  return typeof app === 'function' && 'get' in app && typeof app.get === 'function'
}
