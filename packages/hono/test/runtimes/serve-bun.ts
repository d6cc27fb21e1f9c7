import { createApp } from '../../../../apps/hono-worker/src/app.ts'
import { createClient } from './client.ts'

/** What of Bun is used here. */
declare const Bun: {
  serve(options: {
    fetch: (request: Request) => Response | Promise<Response>
    hostname: string
    port: number
  }): { readonly port: number }
}

const { fetch } = createApp(createClient(process.env))
console.log(`listening ${Bun.serve({ fetch, hostname: '127.0.0.1', port: 0 }).port}`)
