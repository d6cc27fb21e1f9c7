import * as fc from 'fast-check'
import { rowsOfText } from '../../../packages/cli/src/import/rows-of-text.ts'
import { readTokenRow } from '../../../packages/cli/src/import/token-row.ts'
import { anySecret, anyText, jsonWith } from '../any-input.ts'
import { fuzzTarget, type FuzzTarget } from '../fuzz-target.ts'

const columns = [
  'access_token',
  'refresh_token',
  'accessToken',
  'refreshToken',
  'company_id',
  'userId',
  'expires_in',
  'expires_at',
  'updated_at',
  'refreshTokenExpiresAt',
  'provider',
  'providerAccountId',
  'scope',
  'api_domain',
  'reference',
  'connection_id',
  'credentials',
  'credentials_iv',
  'credentials_tag',
  'provider_config_key',
]
const cell = fc.oneof(anyText, anySecret, fc.integer().map(String), fc.date().map(String))
const csv = fc
  .tuple(
    fc.constantFrom(',', ';', '\t'),
    fc.uniqueArray(fc.constantFrom(...columns), { minLength: 1, maxLength: 6 }),
    fc.array(fc.array(cell, { maxLength: 7 }), { maxLength: 4 }),
  )
  .map(([separator, header, rows]) => [header, ...rows].map((row) => row.join(separator)).join('\n'))
const row = fc.oneof(
  jsonWith(columns),
  fc.dictionary(
    fc.constantFrom(...columns),
    fc.oneof(anySecret, anyText, fc.date(), fc.bigInt(), fc.uint8Array(), fc.double(), fc.anything()),
  ),
)

/** Rows of files and databases from which tokens are adopted. */
export function importedRowTargets(): readonly FuzzTarget[] {
  const context = {
    now: Date.UTC(2026, 0, 2),
    keys: { scaffold: Buffer.alloc(32, 7), nango: Buffer.alloc(32, 7), betterAuth: ['a secret'] },
    provider: undefined,
  }
  const read = (value: unknown) => {
    const found = readTokenRow(value, context)
    return 'problem' in found ? found.problem : 'tokens' in found ? found.warnings : []
  }
  return [
    fuzzTarget(
      'files to import',
      6,
      fc.oneof(
        csv,
        anyText,
        fc.array(jsonWith(columns)).map((rows) => rows.map((one) => JSON.stringify(one)).join('\n')),
      ),
      (text, show) => {
        for (const { place, problem, row } of rowsOfText(text)) show([place, problem, read(row)])
      },
    ),
    fuzzTarget('rows to import', 8, row, (value, show) => show(read(value))),
  ]
}
