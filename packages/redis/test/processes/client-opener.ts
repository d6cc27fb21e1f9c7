import type { StoreOpener } from '@pd/test-support/scene'
import { redisStore } from '../../src/index.ts'
import { openClient, type ClientName } from '../servers/clients.ts'
import type { PrefixAddress } from './opener.ts'

/** One set of installations, reached by a client of this name. */
export interface ClientAddress extends PrefixAddress {
  readonly by: ClientName
}

/** Opens stores by any client. It loads all of them, so a process takes longer to start than with the opener of ioredis. */
export const opener: StoreOpener<ClientAddress> = {
  module: import.meta.url,
  open({ redis, prefix, by }) {
    const { client, close } = openClient(by, redis)
    const store = redisStore(client, { prefix })
    return {
      store,
      async [Symbol.asyncDispose]() {
        await store.close()
        close()
      },
    }
  },
}
