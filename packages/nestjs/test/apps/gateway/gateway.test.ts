import { once } from 'node:events'
import { Inject, Module, UseFilters, type INestApplication, type Type } from '@nestjs/common'
import { IoAdapter } from '@nestjs/platform-socket.io'
import { WsAdapter } from '@nestjs/platform-ws'
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets'
import { PipedriveOAuth, TokenEndpointError } from '@pd/oauth-core'
import { throwError } from 'rxjs'
import { io } from 'socket.io-client'
import { describe, expect, test } from 'vitest'
import { PipedriveExceptionFilter, PipedriveModule, type PipedriveModuleOptions } from '../../../src/index.ts'
import { createWorld, recordingLogger, startApp } from '../../start-app.ts'

@WebSocketGateway()
@UseFilters(PipedriveExceptionFilter)
class DealsGateway {
  constructor(@Inject(PipedriveOAuth) private readonly oauth: PipedriveOAuth) {}

  @SubscribeMessage('deals')
  find(@MessageBody() id: string): Promise<unknown> {
    return this.oauth.installation(id).api('/api/v2/deals')
  }

  @SubscribeMessage('at-once')
  fail(): never {
    throw new TokenEndpointError('token_endpoint_unavailable')
  }

  @SubscribeMessage('later')
  failLater(): unknown {
    return throwError(() => new TokenEndpointError('token_endpoint_unavailable'))
  }

  @SubscribeMessage('greeting')
  greet(): unknown {
    return { event: 'greeting', data: 'hello' }
  }
}

function gatewayModule(options: PipedriveModuleOptions): Type {
  @Module({ imports: [PipedriveModule.forRoot(options)], providers: [DealsGateway] })
  class AppModule {}
  return AppModule
}

/** A client of a gateway: sends a message and resolves to the next event that comes back. */
interface SocketClient extends Disposable {
  ask(event: string, data?: unknown): Promise<{ readonly event: string; readonly data: unknown }>
}

async function webSocketClient(origin: string): Promise<SocketClient> {
  const socket = new WebSocket(origin.replace('http', 'ws'))
  await once(socket, 'open')
  const ask: SocketClient['ask'] = async (event, data) => {
    const answer = once(socket, 'message')
    socket.send(JSON.stringify({ event, data }))
    const [message] = await answer
    return JSON.parse(message.data)
  }
  return { ask, [Symbol.dispose]: () => socket.close() }
}

async function socketIoClient(origin: string): Promise<SocketClient> {
  const socket = io(origin, { transports: ['websocket'] })
  const ask: SocketClient['ask'] = (event, data) => {
    const answer = new Promise<Awaited<ReturnType<SocketClient['ask']>>>((resolve) =>
      socket.onAny((name, told) => {
        socket.offAny()
        resolve({ event: name, data: told })
      }),
    )
    socket.emit(event, data)
    return answer
  }
  return { ask, [Symbol.dispose]: () => void socket.close() }
}

const kinds = [
  { of: 'ws', adapter: (app: INestApplication) => new WsAdapter(app), client: webSocketClient },
  { of: 'Socket.IO', adapter: (app: INestApplication) => new IoAdapter(app), client: socketIoClient },
]

describe.each(kinds)('a gateway on $of', ({ adapter, client }) => {
  const start = (options: PipedriveModuleOptions, logger = recordingLogger().logger) =>
    startApp(gatewayModule(options), { logger, configure: (app) => app.useWebSocketAdapter(adapter(app)) })

  test('answers with the code of what went wrong, and goes on', async () => {
    await using world = await createWorld()
    await using running = await start(world.options)
    using socket = await client(running.origin)
    expect(await socket.ask('deals', '1001:11')).toEqual({
      event: 'exception',
      data: {
        status: 'error',
        code: 'not_installed',
        message: expect.stringContaining('connect Pipedrive first'),
      },
    })
    expect(await socket.ask('greeting')).toEqual({ event: 'greeting', data: 'hello' })
  })

  test.each(['at-once', 'later'])('tells the log, and no client, what to repair: %s', async (event) => {
    await using world = await createWorld()
    const { logger, of } = recordingLogger()
    await using running = await start(world.options, logger)
    using socket = await client(running.origin)
    expect(await socket.ask(event)).toEqual({
      event: 'exception',
      data: {
        status: 'error',
        code: 'token_endpoint_unavailable',
        message: expect.stringMatching(/^(?!.*endpoint).*try again/i),
      },
    })
    expect(of('error').map(({ text }) => text)).toEqual([
      expect.stringMatching(/a handler of ws failed.*token_endpoint_unavailable/),
    ])
  })
})
