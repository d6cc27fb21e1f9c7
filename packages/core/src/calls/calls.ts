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
import { send, type Connection } from './send.ts'

/** Turns a grant into tokens, with one request. Rejects where `fetch` does. */
export async function askForTokens(
  credentials: ClientCredentials,
  grant: TokenGrant,
  connection: Connection,
): Promise<TokenAnswer> {
  const { oauthOrigin, apiOrigin, now } = connection
  const requestedAt = now()
  const answer = await send(tokenRequest(oauthOrigin, credentials, grant), connection)
  return readTokenAnswer(answer, { requestedAt, apiOrigin })
}

/** Gives a token up, with one request. Pipedrive also says yes to an unknown token. Rejects where `fetch` does. */
export async function askToRevoke(
  credentials: ClientCredentials,
  token: string,
  hint: TokenHint,
  connection: Connection,
): Promise<RevocationAnswer> {
  const request = revocationRequest(connection.oauthOrigin, credentials, token, hint)
  return readRevocationAnswer(await send(request, connection))
}

/** Asks who an access token belongs to. Undefined: Pipedrive does not say. Rejects where `fetch` does. */
export async function askForAccount(
  apiDomain: string,
  accessToken: string,
  connection: Connection,
): Promise<Account | undefined> {
  return readIdentity((await send(identityRequest(apiDomain, accessToken), connection)).body)
}
