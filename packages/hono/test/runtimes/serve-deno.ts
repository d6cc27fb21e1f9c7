import { createApp } from '../../../../apps/hono-worker/src/app.ts'
import { createClient } from './client.ts'

/** What of Deno is used here. */
declare const Deno: {
  readonly env: { toObject(): Record<string, string> }
  serve(
    options: { hostname: string; port: number; onListen: (address: { port: number }) => void },
    handler: (request: Request) => Response | Promise<Response>,
  ): unknown
}

const { fetch } = createApp(createClient(Deno.env.toObject()))
Deno.serve(
  { hostname: '127.0.0.1', port: 0, onListen: ({ port }) => console.log(`listening ${port}`) },
  fetch,
)
