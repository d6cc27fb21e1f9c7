/** Returns an error response in the form of Pipedrive's API. */
export function apiError(status: number, error: string, headers?: HeadersInit): Response {
  return Response.json({ success: false, error, errorCode: status }, { status, ...(headers && { headers }) })
}
