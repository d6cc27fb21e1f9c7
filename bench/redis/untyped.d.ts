declare module 'simple-oauth2' {
  interface AccessToken {
    readonly token: {
      readonly access_token: string
      readonly refresh_token: string
      readonly expires_in: number
    }
    expired(windowSeconds?: number): boolean
    refresh(): Promise<AccessToken>
  }
  export class AuthorizationCode {
    constructor(config: {
      client: { id: string; secret: string }
      auth: { tokenHost: string; tokenPath: string }
    })
    createToken(token: object): AccessToken
  }
}
