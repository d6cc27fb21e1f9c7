import { requireInstallation, type Deals } from '../../../lib/pipedrive.ts'

/** The same deals, for scripts: a request without a session gets 401 with the install link. */
export const GET = requireInstallation({}, async (_request, { installation }) => {
  const { data } = await installation.api<Deals>('/api/v2/deals')
  return Response.json({ deals: data })
})
