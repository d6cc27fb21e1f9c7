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
