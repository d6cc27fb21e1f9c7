'use client'

/** What a user sees if Pipedrive or the database is unavailable, or a panel was open for too long. `digest` is the code of the library's error. */
export default function ErrorPage({
  error,
  reset,
}: {
  readonly error: Error & { digest?: string }
  readonly reset: () => void
}) {
  if (error.digest === 'extension_token_expired') return <h1>Please reload this panel</h1>
  return (
    <main>
      <h1>Please try again in a moment</h1>
      <button onClick={reset}>Try again</button>
      <p>{error.digest}</p>
    </main>
  )
}
