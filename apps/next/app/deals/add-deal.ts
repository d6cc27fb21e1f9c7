'use server'

import { revalidatePath } from 'next/cache'
import { requireInstallation } from '../../lib/pipedrive.ts'

/** Adds a deal. A user whose connection has ended meanwhile goes to consent, and comes back to the page with the form. */
export async function addDeal(form: FormData): Promise<void> {
  const installation = await requireInstallation()
  await installation.api('/api/v2/deals', { method: 'POST', body: { title: form.get('title') } })
  revalidatePath('/deals')
}
