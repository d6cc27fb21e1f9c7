import type { KnownErrorCode, PipedriveOAuthError } from '../../errors.ts'
import { defaultOAuthOrigin } from '../../protocol/authorization-url.ts'

/** What a developer or an operator does about each code. */
const actions: Record<KnownErrorCode, string> = {
  invalid_configuration: 'Correct what is named above and start again. Retrying does not help.',
  unsupported_by_store: 'Use a store that has the named method.',
  code_missing: 'Restart the process. If that does not help, install or bundle this library again.',
  invalid_argument: 'Correct the call. Retrying does not help.',
  state_mismatch:
    'If it happens to everybody: users must begin on the same host that redirectUri names, over https, and proxies must keep cookies. One alone is an old tab or a scanner.',
  access_denied: 'Nothing: the user cancelled.',
  attempt_expired:
    'Nothing, if it is rare. If not, compare this machine’s clock, and see policy.consentTimeoutMs.',
  invalid_callback:
    'Check what the Developer Hub lists: the callback address, and scopes. Pipedrive sends an error instead of a code if they are wrong. One alone may be a scanner.',
  code_refused:
    'If it happens to everybody: redirectUri must be exactly the callback address in the Developer Hub. One alone is a code that was used twice or is older than 5 minutes.',
  unexpected_account: 'Nothing: the user has to sign in to Pipedrive with the account that was asked for.',
  link_expired: 'Send the user a new link from reconnectLink().',
  not_installed: 'The user has to connect first.',
  not_signed_in: 'Nothing: the user signs in with Pipedrive, from the install link.',
  reauthorization_required: 'The user has to connect again. `pd-oauth explain` tells why.',
  scopes_missing: 'Add the scopes to the app in the Developer Hub, then let the user connect again.',
  client_rejected:
    'Compare clientId and clientSecret with the Developer Hub: no spaces, the right app, the current secret.',
  request_rejected:
    'Compare redirectUri with the callback address in the Developer Hub, and update this library.',
  token_endpoint_unavailable: `Check that this machine reaches ${defaultOAuthOrigin}, and Pipedrive’s status page. It is tried again.`,
  token_endpoint_timeout: `Check the network to ${defaultOAuthOrigin}, and Pipedrive’s status page. It is tried again.`,
  malformed_response: 'Check for a proxy that changes answers, and endpoints.oauth. It is tried again.',
  refresh_pending: 'Look for slow answers of Pipedrive or of the store. The refresh continues.',
  identity_unavailable:
    'Check that the app has the scope `base`, and that this machine reaches Pipedrive’s API. The user may reload the page.',
  api_unavailable:
    'Check that this machine reaches the company’s API domain, such as https://acme.pipedrive.com, and Pipedrive’s status page.',
  store_unavailable: 'Check that the store runs, and that this process can reach it and sign in.',
  unreadable_record: 'If processes run different versions, update them. Otherwise the user connects again.',
  unknown_key: 'Put the earlier sealing secret back into `secrets`, after the current one.',
  secrets_unavailable: 'Check the key service.',
  bad_signature: 'Check the JWT secret of the extension: set extensionSecrets to it.',
  extension_token_expired:
    'Nothing, if it is rare: the user reloads the panel. If it happens to everybody, set the clock of this machine.',
  bad_credentials:
    'If Pipedrive sent it: clientId and clientSecret are those of another app, or a proxy removes the Authorization header. Otherwise it is a scanner.',
  malformed_notice:
    'If Pipedrive sent it: a proxy or a body parser changed the body. Otherwise it is a scanner.',
  foreign_origin: 'Use a path such as /api/v2/deals, or the user’s own API domain.',
  foreign_return_to: 'Pass a path of this application as returnTo.',
  cross_site_request: 'Send the disconnect from a form or script of this application’s own pages.',
}

/** What to do if cookies were sealed with an unknown secret. */
export const sameSecrets =
  'If a secret was replaced, put the former one behind the new one in `secrets`, in every process.'

const ownActions = new WeakMap<object, string>()

/** Returns the error. From now on the log says this about it, and not what it says about all errors of its code. */
export function withAction<E extends PipedriveOAuthError>(error: E, action: string): E {
  ownActions.set(error, action)
  return error
}

/** Returns what to do about this error alone. Undefined: what is to do about all errors of its code. */
export function ownActionOf(error: unknown): string | undefined {
  return ownActions.get(Object(error))
}

/** What differs while `endpoints.oauth` names another server than Pipedrive's. */
function actionsAt(server: string): Partial<Record<KnownErrorCode, string>> {
  return {
    token_endpoint_unavailable: `Check that ${server} runs, and that this machine reaches it. It is tried again.`,
    token_endpoint_timeout: `Check ${server} and the network to it. It is tried again.`,
    code_refused: `If it happens to everybody: ${server} must be the server that asked the user, and must know redirectUri exactly. One alone is a code that was used twice or is too old.`,
  }
}

/** Returns what to do about an error of this code. `oauthOrigin`: the origin of the token endpoint. Default: Pipedrive's. */
export function actionFor(code: string, oauthOrigin: string = defaultOAuthOrigin): string {
  const isPipedrive = oauthOrigin === defaultOAuthOrigin
  const known = isPipedrive ? actions : { ...actions, ...actionsAt(`${oauthOrigin} (endpoints.oauth)`) }
  return (known as Record<string, string | undefined>)[code] ?? 'See the cause.'
}
