export { type NodeResponse, type ReceivedRequest } from './listener/received-request.ts'
export {
  toNodeListener,
  type ListenerOptions,
  type NodeExchange,
  type NodeListener,
} from './listener/to-node-listener.ts'
