import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import type {
  DynamicModule,
  INestApplication,
  LoggerService,
  NestApplicationOptions,
  Type,
} from '@nestjs/common'
import { createFakePipedrive, type FakePipedrive, type FakePipedriveOptions } from '@pd/fake-pipedrive'
import { Browser, redirectUri } from '@pd/test-support/journey'
import type { PipedriveModuleOptions } from '../src/index.ts'

export type Platform = 'express' | 'fastify'
export const platforms: readonly Platform[] = ['express', 'fastify']

/** A fake Pipedrive on a socket, and the options by which a module finds it. */
export interface World extends AsyncDisposable {
  readonly fake: FakePipedrive
  readonly options: PipedriveModuleOptions
}

export async function createWorld(fakeOptions: FakePipedriveOptions = {}): Promise<World> {
  const fake = createFakePipedrive({ redirectUri, rotateRefreshTokens: true, ...fakeOptions })
  const { origin } = await fake.listen()
  const { clientId, clientSecret } = fake.app
  const options: PipedriveModuleOptions = {
    clientId,
    clientSecret,
    redirectUri: fake.app.redirectUri,
    secrets: ['only-for-tests-0123456789-0123456789'],
    endpoints: { oauth: origin, api: origin },
  }
  return { fake, options, [Symbol.asyncDispose]: () => fake.close() }
}

/** An application that listens. */
export interface RunningApp extends AsyncDisposable {
  readonly app: INestApplication
  readonly origin: string
  readonly browser: Browser
}

interface StartOptions extends Pick<NestApplicationOptions, 'bodyParser' | 'rawBody'> {
  readonly platform?: Platform
  readonly logger?: LoggerService | false
  /** What a main.ts does between creating and listening. */
  readonly configure?: (app: INestApplication) => void
  readonly publicUri?: string
}

/** Starts an application as its main.ts would. */
export async function startApp(
  module: Type | DynamicModule,
  { platform = 'express', logger = false, configure, publicUri = redirectUri, ...options }: StartOptions = {},
): Promise<RunningApp> {
  const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter()
  const app = await NestFactory.create<NestExpressApplication>(module, adapter, {
    ...options,
    logger,
    abortOnError: false,
  })
  configure?.(app)
  await app.listen(0, '127.0.0.1')
  const origin = await app.getUrl()
  const browser = new Browser(origin, new URL(publicUri).origin)
  return { app, origin, browser, [Symbol.asyncDispose]: () => app.close() }
}

/** What went to Nest's logger. */
export function recordingLogger() {
  const lines: { readonly level: string; readonly text: string }[] = []
  const record =
    (level: string) =>
    (...parts: readonly unknown[]) =>
      void lines.push({ level, text: parts.map(String).join(' ') })
  const logger: LoggerService = { log: record('log'), warn: record('warn'), error: record('error') }
  return { logger, lines, of: (level: string) => lines.filter((line) => line.level === level) }
}
