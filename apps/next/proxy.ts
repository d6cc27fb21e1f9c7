import { NextResponse, type NextRequest } from 'next/server'

/** Gives each browser a cookie and each response an id: something that every application does in its own way. */
export function proxy(request: NextRequest): NextResponse {
  const response = NextResponse.next()
  response.headers.set('x-request-id', crypto.randomUUID())
  if (!request.cookies.has('visitor'))
    response.cookies.set('visitor', crypto.randomUUID(), { httpOnly: true })
  return response
}
