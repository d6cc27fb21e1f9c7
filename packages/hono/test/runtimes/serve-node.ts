import { serve } from '@hono/node-server'
import { createApp } from '../../../../apps/hono-worker/src/app.ts'
import { createClient } from './client.ts'

const { fetch } = createApp(createClient(process.env))
serve({ fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => console.log(`listening ${port}`))
