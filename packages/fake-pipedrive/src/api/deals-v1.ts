import type { User } from '../directory.ts'
import { pageLimit, type DealDialect } from './deal-routes.ts'

/** `/api/v1/deals`: pages by start and limit, the owner is an object, and calls cost twice as much as in version 2. */
export function dealsV1(users: readonly User[]): DealDialect {
  return {
    updateMethod: 'PUT',
    cost: { list: 20, read: 2, write: 10, remove: 6 },
    show({ owner_id, custom_fields, label_ids, ...deal }) {
      const owner = users.find((user) => user.id === owner_id)
      return {
        ...deal,
        ...custom_fields,
        user_id: { id: owner_id, name: owner?.name, email: owner?.email, value: owner_id, active_flag: true },
        owner_name: owner?.name,
        label: label_ids.join(',') || null,
        visible_to: String(deal.visible_to),
        active: deal.status === 'open',
        deleted: deal.is_deleted,
      }
    },
    translate(body) {
      if (typeof body !== 'object' || body === null || !('user_id' in body)) return body
      const { user_id, ...rest } = body
      return { ...rest, owner_id: Number(user_id) }
    },
    page(deals, query) {
      const start = Math.max(0, Number.parseInt(query.get('start') ?? '', 10) || 0)
      const limit = pageLimit(query)
      const page = deals.slice(start, start + limit)
      const more = start + limit < deals.length
      const pagination = {
        start,
        limit,
        more_items_in_collection: more,
        ...(more && { next_start: start + limit }),
      }
      return { deals: page, additional: { pagination } }
    },
  }
}
