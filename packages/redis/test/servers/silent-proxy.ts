import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'

/** A proxy that can fall silent like a network that drops packets: its connections stay open, and nothing arrives. */
export interface SilentProxy extends AsyncDisposable {
  readonly port: number
  /** Drops everything from now on, also what comes over new connections. Default: of every connection. */
  fallSilent(of?: 'every connection' | 'subscribers'): void
  /** Lets new connections through again. Those of before stay silent. */
  recover(): void
  /** Closes all connections and refuses new ones. */
  refuse(): Promise<void>
  /** Accepts connections again. */
  accept(): Promise<void>
  /** Closes all connections but those of subscribers, and connects new ones to another server. */
  leadTo(server: { readonly port: number }): void
}

/** Starts a proxy to a server. */
export async function startSilentProxy(server: {
  readonly host?: string
  readonly port: number
}): Promise<SilentProxy> {
  let target: { readonly host?: string; readonly port: number } = server
  let silences: (client: Client) => boolean = () => false
  const clients = new Set<Client>()
  const proxy = createServer((socket) => {
    const upstream = connect({ host: '127.0.0.1', ...target })
    const client: Client = { sockets: [socket, upstream], isSubscriber: false, isSilent: false }
    clients.add(client)
    socket.on('data', (chunk) => {
      if (/subscribe/i.test(chunk.toString('latin1'))) client.isSubscriber = true
      client.isSilent ||= silences(client)
      if (!client.isSilent) upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      if (!client.isSilent) socket.write(chunk)
    })
    for (const one of client.sockets) {
      one.on('error', () => {})
      one.on('close', () => {
        if (client.isSilent) return
        clients.delete(client)
        for (const other of client.sockets) other.destroy()
      })
    }
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const { port } = proxy.address() as AddressInfo
  const destroyAll = () => {
    for (const { sockets } of clients) for (const socket of sockets) socket.destroy()
  }
  return {
    port,
    fallSilent(of = 'every connection') {
      silences = ({ isSubscriber }) => of === 'every connection' || isSubscriber
      for (const client of clients) client.isSilent ||= silences(client)
    },
    recover() {
      silences = () => false
    },
    async refuse() {
      proxy.close()
      destroyAll()
      await once(proxy, 'close')
    },
    async accept() {
      proxy.listen(port, '127.0.0.1')
      await once(proxy, 'listening')
    },
    leadTo(other) {
      target = other
      for (const { isSubscriber, sockets } of clients) if (!isSubscriber) sockets[0].destroy()
    },
    async [Symbol.asyncDispose]() {
      proxy.close()
      destroyAll()
    },
  }
}

interface Client {
  readonly sockets: readonly [Socket, Socket]
  isSubscriber: boolean
  isSilent: boolean
}
