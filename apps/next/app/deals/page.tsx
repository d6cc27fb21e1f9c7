import { requireInstallation, type Deals } from '../../lib/pipedrive.ts'
import { addDeal } from './add-deal.ts'

/** The user's deals. Whoever is not connected goes to consent, and comes back. */
export default async function DealsPage() {
  const installation = await requireInstallation()
  const { data: deals } = await installation.api<Deals>('/api/v2/deals')
  return (
    <main>
      <h1>Deals of {installation.id}</h1>
      <ul>
        {deals.map(({ id, title }) => (
          <li key={id}>{title}</li>
        ))}
      </ul>
      <form action={addDeal}>
        <input name="title" aria-label="Title" required />
        <button>Add</button>
      </form>
      <form action="/pipedrive/disconnect" method="post">
        <button>Disconnect</button>
      </form>
    </main>
  )
}
