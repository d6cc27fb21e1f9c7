import { PipedriveOAuth } from '@pd/oauth-core'
import { readClientSecret } from './config/client-secret.ts'
import { resolveSettings, type ResolveOptions } from './config/resolve-settings.ts'
import { oauthOptions } from './config/oauth-options.ts'
import type { Settings } from './config/settings.ts'
import type { GlobalOptions } from './global-options.ts'
import { Input } from './input.ts'
import type { Output } from './output.ts'
import { openStore } from './store/open-store.ts'
import type { OpenedStore } from './store/opened-store.ts'

/** What a command works with. It reads, opens and creates each part at its first use. */
export class CommandContext {
  readonly output: Output
  readonly input: Input
  /** Is aborted at Ctrl-C, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal
  readonly #flags: GlobalOptions
  #settings: Settings | undefined
  #clientSecret: Promise<string | readonly string[]> | undefined
  #store: Promise<OpenedStore> | undefined
  #oauth: Promise<PipedriveOAuth> | undefined

  constructor(flags: GlobalOptions, output: Output, signal: AbortSignal) {
    this.#flags = flags
    this.output = output
    this.input = new Input(signal)
    this.signal = signal
  }

  /** @throws {CliError} that names every problem in flags, variables and the configuration file */
  get settings(): Settings {
    return this.#settings ?? this.#resolve({ needsApp: false })
  }

  /** @throws {CliError} when the configured file or standard input holds no client secret */
  clientSecret(): Promise<string | readonly string[]> {
    this.#clientSecret ??= readClientSecret(this.settings, this.input)
    return this.#clientSecret
  }

  /** @throws {StoreError | ConfigurationError} when the store cannot be opened */
  store(): Promise<OpenedStore> {
    this.#store ??= openStore(this.settings.store, this.output)
    return this.#store
  }

  /**
   * Checks the settings, reads the client secret and opens the store: what the client needs besides its sealing secrets.
   * @throws {CliError | StoreError | ConfigurationError} when one of them cannot be used
   */
  async prepared(): Promise<void> {
    this.#resolve({ needsApp: true })
    await this.clientSecret()
    await this.store()
  }

  /** @throws {CliError | StoreError | ConfigurationError} when the settings, a secret or the store cannot be used */
  oauth(): Promise<PipedriveOAuth> {
    this.#oauth ??= this.#makeOAuth()
    return this.#oauth
  }

  /** Waits until new tokens are saved, then closes the store. */
  async close(): Promise<void> {
    await this.#oauth?.then(
      (oauth) => oauth.settled(),
      () => {},
    )
    await this.#store?.then(
      (store) => store.close(),
      () => {},
    )
  }

  async #makeOAuth(): Promise<PipedriveOAuth> {
    const settings = this.#resolve({ needsApp: true })
    const options = oauthOptions(settings, await this.clientSecret(), this.output)
    const { store } = await this.store()
    return new PipedriveOAuth({ ...options, store })
  }

  #resolve(options: ResolveOptions): Settings {
    this.#settings = resolveSettings(this.#flags, this.output, options)
    return this.#settings
  }
}
