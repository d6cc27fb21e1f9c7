import { Module, type DynamicModule } from '@nestjs/common'
import { createFakePipedrive, type FakePipedrive } from '@pd/fake-pipedrive'
import type { PipedriveModuleOptions } from '../pipedrive-module-options.interface.ts'
import { PipedriveModule } from '../pipedrive.module.ts'
import { FAKE_PIPEDRIVE, PipedriveTesting } from './pipedrive-testing.ts'
import { testOptions } from './test-options.ts'

/** The options of `PipedriveTestingModule.forRoot()`: any of the module's own. */
export interface PipedriveTestingOptions extends Partial<PipedriveModuleOptions> {
  /** The Pipedrive of this test. Default: a new one. */
  readonly fake?: FakePipedrive | undefined
}

/**
 * `PipedriveModule` on a fake Pipedrive, for tests: it needs no network, no store and no options. It also provides
 * `PipedriveTesting`, which connects users.
 *
 * @example
 * ```ts
 * import { Test } from '@nestjs/testing'
 * import { PipedriveTesting, PipedriveTestingModule } from '@pd/oauth-nestjs/testing'
 *
 * const module = await Test.createTestingModule({ imports: [PipedriveTestingModule.forRoot()] }).compile()
 * const { installation, cookie } = await module.get(PipedriveTesting).connect()
 * ```
 */
@Module({})
export class PipedriveTestingModule {
  static forRoot(options: PipedriveTestingOptions = {}): DynamicModule {
    const { fake = createFakePipedrive(), ...own } = options
    return {
      module: PipedriveTestingModule,
      global: true,
      imports: [PipedriveModule.forRoot({ isGlobal: true, ...testOptions(fake), ...own })],
      providers: [{ provide: FAKE_PIPEDRIVE, useValue: fake }, PipedriveTesting],
      exports: [PipedriveTesting],
    }
  }
}
