import type { Account } from '../machine/account.ts'
import { identityRequest, readIdentity } from '../protocol/identity.ts'
import {
  readRevocationAnswer,
  readTokenAnswer,
  type RevocationAnswer,
  type TokenAnswer,
} from '../protocol/token-answer.ts'
import {
  revocationRequest,
  tokenRequest,
  type ClientCredentials,
  type TokenGrant,
  type TokenHint,
} from '../protocol/token-request.ts'
import { pipedrivesWords } from './pipedrives-words.ts'
import { send, type Connection } from './send.ts'

/** Exchanges a grant for tokens, with one request. Rejects if `fetch` rejects. */
export async function askForTokens(
  credentials: ClientCredentials,
  grant: TokenGrant,
  connection: Connection,
): Promise<TokenAnswer> {
  const { oauthOrigin, apiOrigin, now } = connection
  const requestedAt = now()
  const answer = await send(tokenRequest(oauthOrigin, credentials, grant), connection)
  const read = readTokenAnswer(answer, { requestedAt, apiOrigin })
  const { clientSecret } = credentials
  return read.type === 'granted'
    ? read
    : { ...read, cause: pipedrivesWords(answer, [clientSecret, tokenOf(grant)]) }
}

function tokenOf(grant: TokenGrant): string {
  switch (grant.type) {
    case 'authorization_code':
      return grant.code
    case 'refresh_token':
      return grant.refreshToken
    case 'exchange_api_token':
      return grant.apiToken
  }
}

/**
 * Revokes a token, with one request. Pipedrive also answers an unknown token with success. Rejects if `fetch` rejects.
 */
export async function askToRevoke(
  credentials: ClientCredentials,
  token: string,
  hint: TokenHint,
  connection: Connection,
): Promise<RevocationAnswer> {
  const request = revocationRequest(connection.oauthOrigin, credentials, token, hint)
  const answer = await send(request, connection)
  const read = readRevocationAnswer(answer)
  return read.type === 'revoked'
    ? read
    : { ...read, cause: pipedrivesWords(answer, [credentials.clientSecret, token]) }
}

/** Asks who an access token belongs to. Returns an error if Pipedrive did not say. Rejects if `fetch` rejects. */
export async function askForAccount(
  apiDomain: string,
  accessToken: string,
  connection: Connection,
): Promise<Account | Error> {
  const answer = await send(identityRequest(apiDomain, accessToken), connection)
  const account = readIdentity(answer.body)
  if (account !== undefined) return account
  const words = pipedrivesWords(answer, [accessToken])
  return answer.status === 401 ? new RejectedToken(words.message) : words
}

/** What Pipedrive said about an access token that it does not accept, or no longer. */
export class RejectedToken extends Error {}
