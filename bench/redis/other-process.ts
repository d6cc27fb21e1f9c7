import { Redis } from 'ioredis'
import { preciseNow } from '../figures.ts'
import { openClient, type Setup } from './scene.ts'

/**
 * The other process of a bench between two. It refreshes or uninstalls what it is told, or publishes, and says when it
 * sends the write that the other waits for.
 */
export type Order = { readonly refresh: string } | { readonly forget: string } | { readonly publish: string }
/** `claimed`: its refresh has begun. A number: when it sent, in milliseconds of `preciseNow()`. */
export type Told = 'ready' | 'claimed' | number

const setup = JSON.parse(process.env['SETUP'] ?? '') as Setup
const { store, redis, oauth } = openClient(setup)
const publisher = new Redis({ port: setup.port })
const tell = (told: Told) => process.send?.(told)
let writes = 0
const refreshing = openClient(setup, {
  store: {
    ...store,
    async compareAndSet(...write) {
      if (++writes % 2 === 0) tell(preciseNow())
      const landed = await store.compareAndSet(...write)
      if (writes % 2 === 1) tell('claimed')
      return landed
    },
  },
})
const forgetting = openClient(setup, {
  store: {
    ...store,
    compareAndSet(...write) {
      tell(preciseNow())
      return store.compareAndSet(...write)
    },
  },
})
process.on('message', (order: Order) => {
  if ('refresh' in order) void refreshing.oauth.installation(order.refresh).accessToken()
  else if ('forget' in order) void forgetting.oauth.installation(order.forget).forget()
  else {
    tell(preciseNow())
    void publisher.publish(order.publish, 'changed')
  }
})
process.on('disconnect', () => process.exit())
await oauth.installation('1:1').describe()
await redis.ping()
tell('ready')
