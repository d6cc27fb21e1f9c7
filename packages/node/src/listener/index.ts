/** For authors of adapters that stand on Node: the one bridge between Node's requests and Web requests. */
export { createNodeAuth, type NodeAuth } from './create-node-auth.ts'
export {
  type FastifyReplyLike,
  type FastifyRequestLike,
  type NodeResponse,
  type ParsedBody,
  type ReceivedRequest,
} from './received-request.ts'
export { requestAddress } from './request-address.ts'
export { sendAnswer } from './send-answer.ts'
export {
  toNodeListener,
  type ListenerOptions,
  type NodeExchange,
  type NodeListener,
} from './to-node-listener.ts'
export { requestHead, webRequest, type WebRequestOptions } from './web-request.ts'
export { withKeptHeaders } from './with-kept-headers.ts'
