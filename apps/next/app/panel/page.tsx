import { requireInstallation, type Deals } from '../../lib/pipedrive.ts'

/** A panel inside Pipedrive. The signed token in its address says who looks at it, without cookies. */
export default async function Panel() {
  const installation = await requireInstallation()
  const { data: deals } = await installation.api<Deals>('/api/v2/deals', { query: { limit: 5 } })
  return (
    <ul>
      {deals.map(({ id, title }) => (
        <li key={id}>{title}</li>
      ))}
    </ul>
  )
}
