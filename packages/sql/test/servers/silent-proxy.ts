import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A proxy that can fall silent like a network that drops packets: its connections stay open, and nothing arrives. */
export interface SilentProxy extends AsyncDisposable {
  /** The given address, through the proxy. */
  readonly url: string
  fallSilent(): void
  /** Lets new connections through again. Those of before stay silent. */
  recover(): void
}

/** Starts a proxy in front of the server of an address. */
export async function startSilentProxy(address: string): Promise<SilentProxy> {
  const { hostname, port } = new URL(address)
  const sockets = new Set<Socket>()
  let silence = { isOn: false }
  const proxy = createServer((socket) => {
    const mine = silence
    const upstream = connect({ host: hostname, port: Number(port) })
    const pass = (from: Socket, to: Socket) => {
      sockets.add(from)
      from.on('data', (chunk) => mine.isOn || to.write(chunk))
      from.on('error', () => {})
      from.on('close', () => mine.isOn || to.destroy())
    }
    pass(socket, upstream)
    pass(upstream, socket)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const url = new URL(address)
  url.port = String((proxy.address() as AddressInfo).port)
  return {
    url: url.href,
    fallSilent: () => void (silence.isOn = true),
    recover: () => void (silence = { isOn: false }),
    async [Symbol.asyncDispose]() {
      proxy.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
