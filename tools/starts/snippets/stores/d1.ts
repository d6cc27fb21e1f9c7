import { sqlStore } from '@pd/oauth-sql'
import { d1Driver, type D1Like } from '@pd/oauth-sql/d1'

export interface StoreBindings {
  DB: D1Like
}

export const storeOf = (env: StoreBindings) => sqlStore(d1Driver(env.DB))
