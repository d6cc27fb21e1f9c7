/** An error of the API in Pipedrive's form. */
export function apiError(status: number, error: string, headers?: HeadersInit): Response {
  return Response.json({ success: false, error, errorCode: status }, { status, ...(headers && { headers }) })
}
