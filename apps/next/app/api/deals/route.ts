import { requireInstallation, type Deals } from '../../../lib/pipedrive.ts'

/** The same deals, for scripts: 401 with the install link for whoever is not connected. */
export const GET = requireInstallation({}, async (_request, { installation }) => {
  const { data } = await installation.api<Deals>('/api/v2/deals')
  return Response.json({ deals: data })
})
