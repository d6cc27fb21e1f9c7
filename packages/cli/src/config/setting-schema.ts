import * as v from 'valibot'
import { isInstallationId, isLoopback } from '@pd/oauth-core/adapter'

/** White space around a value means nothing. */
const text = v.pipe(v.string('must be text'), v.trim(), v.nonEmpty('must not be empty'))

/** A place, such as a file: one with a character that nobody sees is another place. */
const place = v.pipe(
  text,
  v.check(
    (value) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(value),
    'must not contain line breaks, control characters or other invisible characters',
  ),
)

const list = v.union(
  [
    v.pipe(
      v.string(),
      v.transform((value) => value.split(/[\s,]+/).filter((item) => item !== '')),
    ),
    v.array(v.string()),
  ],
  'must be a list: text separated by commas, or an array of text',
)

const storeSchemes = [
  'sqlite:',
  'redis://',
  'rediss://',
  'postgres://',
  'postgresql://',
  'mysql://',
  'mariadb://',
  'memory:',
]

const sqliteAddress = /^sqlite:(?!file:|:memory:|\/\/[^/])[^?]+(\?table=[^?&]*)?$/

const origin = v.pipe(
  place,
  v.check(
    (value) => isWebAddress(value) && new URL(value).href === `${new URL(value).origin}/`,
    'must be an origin such as https://oauth.pipedrive.com: https, or http on localhost, no path',
  ),
)

/** Checks each setting. No message repeats a value. */
export const settingSchema = v.object({
  clientId: v.optional(text),
  clientSecret: v.optional(
    v.union(
      [text, v.pipe(v.array(text), v.minLength(1))],
      'must be the client secret, or an array of them, the current one first',
    ),
  ),
  clientSecretFile: v.optional(place),
  redirectUri: v.optional(
    v.pipe(
      place,
      v.check(
        isWebAddress,
        'must be the registered callback address: https, or http on localhost, without a fragment',
      ),
    ),
  ),
  scopes: v.optional(list),
  store: v.optional(
    v.pipe(
      place,
      v.check(
        (value) => storeSchemes.some((scheme) => value.startsWith(scheme)),
        'must be sqlite:<path>, redis://…, rediss://…, postgres://…, mysql://… or memory:',
      ),
      // SQLite would create a new file of any name.
      v.check(
        (value) => !value.startsWith('sqlite:') || sqliteAddress.test(value),
        'must be sqlite:<path> or sqlite:<path>?table=<name>, with no other ?, and a path that is no URL',
      ),
    ),
  ),
  secrets: v.optional(
    v.pipe(
      list,
      v.check(
        (secrets) => secrets.length > 0 && secrets.every((secret) => secret.length >= 32),
        'must be secrets of at least 32 characters each, the newest first, separated by commas (pd-oauth secret prints one)',
      ),
    ),
  ),
  secretsFile: v.optional(place),
  installation: v.optional(
    v.pipe(
      text,
      v.custom<`${number}:${number}`>(
        isInstallationId,
        'must be a company id and a user id, such as 123:456',
      ),
    ),
  ),
  'endpoints.oauth': v.optional(origin),
  'endpoints.api': v.optional(origin),
  browser: v.optional(place),
})

export type ValidSettings = v.InferOutput<typeof settingSchema>

function isWebAddress(value: string): boolean {
  if (!URL.canParse(value) || value.includes('#')) return false
  const { protocol, hostname, username, password } = new URL(value)
  if (username !== '' || password !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
}
