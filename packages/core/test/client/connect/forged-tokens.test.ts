import { base64url, exportJWK, generateKeyPair, SignJWT, type JWTHeaderParameters } from 'jose'
import { describe, expect, test } from 'vitest'
import { ada, createScene, failure } from '../../flow/scene.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const own = 'of-the-attacker-0123456789abcdef0'

async function createSigner() {
  const { clock, client, fake } = createScene()
  const oauth = client()
  const claims = { userId: 11, companyId: 1001, exp: Math.floor(clock.now() / 1_000) + 300 }
  const signed = (header: Record<string, unknown>, key: Uint8Array | CryptoKey) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'HS256', ...header } as JWTHeaderParameters).sign(key)
  return { oauth, claims, signed, secret: bytesOf(fake.app.clientSecret) }
}

describe('a token of an extension page', () => {
  test('cannot bring the key that it is verified with, nor say where it is', async () => {
    const { oauth, signed, secret } = await createSigner()
    const headers = [
      { jwk: { kty: 'oct', k: base64url.encode(own) } },
      { jku: 'https://evil.example/keys' },
      { x5u: 'https://evil.example/certificate' },
      { x5c: ['AAAA'] },
      ...['', '0', '../../dev/null', "' OR 1=1 --", 'https://evil.example/key'].map((kid) => ({ kid })),
    ]
    for (const header of headers) {
      expect(await failure(oauth.verifyExtensionToken(await signed(header, bytesOf(own))))).toBe(
        'bad_signature',
      )
      // The same header changes nothing about a token with the right secret.
      expect((await oauth.verifyExtensionToken(await signed(header, secret))).installationId).toBe(ada)
    }
  })

  test('is never verified as a signature of another kind, whatever the algorithm it names', async () => {
    const { oauth, claims, signed, secret } = await createSigner()
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
    const jwk = await exportJWK(publicKey)
    const forged = [await signed({ alg: 'RS256', jwk }, privateKey), await signed({ alg: 'HS512' }, secret)]
    const payload = base64url.encode(JSON.stringify(claims))
    for (const alg of ['none', 'NONE', 'nOnE', '', 'hs256', 'HS256 ', 'dir'])
      for (const signature of ['', 'AAAA'])
        forged.push(`${base64url.encode(JSON.stringify({ alg }))}.${payload}.${signature}`)
    for (const jwt of forged) expect(await failure(oauth.verifyExtensionToken(jwt))).toBe('bad_signature')
  })

  test.each([[{ nbf: 'soon' }], [{ exp: 'never' }], [{ iat: 'then' }]])(
    'is no token if it has the claim %j, and not one that is over',
    async (claim) => {
      const { oauth, claims, secret } = await createSigner()
      const jwt = await new SignJWT({ ...claims, ...(claim as object) })
        .setProtectedHeader({ alg: 'HS256' })
        .sign(secret)
      expect(await failure(oauth.verifyExtensionToken(jwt))).toBe('bad_signature')
    },
  )

  test('is refused if it asks for rules that nobody here knows', async () => {
    const { oauth, claims, secret } = await createSigner()
    const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, [
      'sign',
    ])
    for (const extension of [{ b64: false, crit: ['b64'] }, { crit: ['exp'], exp: 1 }, { crit: [] }]) {
      const header = base64url.encode(JSON.stringify({ alg: 'HS256', ...extension }))
      const signedText = `${header}.${base64url.encode(JSON.stringify(claims))}`
      const signature = new Uint8Array(await crypto.subtle.sign('HMAC', key, bytesOf(signedText)))
      const jwt = `${signedText}.${base64url.encode(signature)}`
      expect(await failure(oauth.verifyExtensionToken(jwt))).toBe('bad_signature')
    }
  })

  test('of a megabyte is refused like any other, and is not remembered', async () => {
    const { oauth } = await createSigner()
    const long = 'x'.repeat(1_000_000)
    for (const jwt of [long, `${long}.${long}.${long}`, `e30.${long}.`])
      expect(await failure(oauth.verifyExtensionToken(jwt))).toBe('bad_signature')
  })
})
