export { connect } from './connect/connect.ts'
export {
  type ConnectOptions,
  type LoginAndRefreshOptions,
  type OffOptions,
  type RefreshOptions,
} from './connect/connect-options.ts'
export { sharedMemoryStore } from './connect/shared-memory-store.ts'
export {
  type ExpressRequest,
  type ExpressResponse,
  type InstallationLocals,
} from './express/express-request.ts'
export { pipedriveErrors, type ErrorMiddleware } from './express/pipedrive-errors.ts'
export { pipedriveExpress, type PipedriveExpressOptions } from './express/pipedrive-express.ts'
export {
  requireInstallation,
  type InstallationMiddleware,
  type RequireInstallationOptions,
} from './express/require-installation.ts'
export { type NodeResponse, type ReceivedRequest } from './listener/received-request.ts'
export {
  toNodeListener,
  type ListenerOptions,
  type NodeExchange,
  type NodeListener,
} from './listener/to-node-listener.ts'
export { callbackUrlOf } from './login/callback-url-of.ts'
export { login } from './login/login.ts'
export { type LoginOptions, type Paste, type PasteContext } from './login/login-options.ts'
