/** A client of a gateway: the `WebSocket` of `ws`, a socket of Socket.IO, or what another adapter has. */
export interface GatewayClient {
  readonly readyState?: number
  send?(text: string): unknown
  emit?(event: string, data: unknown): unknown
}

/** Sends an event to the client of a gateway. `emit` of a `WebSocket` would tell the server itself. */
export function sendToSocket(client: GatewayClient, event: string, data: unknown): void {
  if (client.readyState === undefined && client.emit !== undefined) client.emit(event, data)
  else client.send?.(JSON.stringify({ event, data }))
}
