'use client'

/** What a user sees if Pipedrive or the database is unavailable. `digest` is the code of the library's error. */
export default function ErrorPage({
  error,
  reset,
}: {
  readonly error: Error & { digest?: string }
  readonly reset: () => void
}) {
  return (
    <main>
      <h1>Please try again in a moment</h1>
      <button onClick={reset}>Try again</button>
      <p>{error.digest}</p>
    </main>
  )
}
