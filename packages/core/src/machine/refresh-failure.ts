/** Why a refresh failed without a verdict on the grant. */
export type RefreshFailure =
  | 'token_endpoint_unavailable'
  | 'token_endpoint_timeout'
  | 'malformed_response'
  | 'request_rejected'
  | 'client_rejected'
