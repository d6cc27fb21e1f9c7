import { cookies } from 'next/headers'
import Link from 'next/link'
import { installation } from '../lib/pipedrive.ts'

/** The start page, for everybody. */
export default async function Start() {
  const connected = await installation()
  const isNew = (await cookies()).has('welcome')
  return (
    <main>
      <h1>{isNew ? 'Welcome!' : 'Deals from Pipedrive'}</h1>
      <p>{connected === undefined ? 'Nobody is connected.' : `${connected.id} is connected.`}</p>
      <p>
        <Link href="/deals?sort=title">Show my deals</Link>
      </p>
    </main>
  )
}
