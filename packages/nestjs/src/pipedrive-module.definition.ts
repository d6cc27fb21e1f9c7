import { ConfigurableModuleBuilder } from '@nestjs/common'
import type { PipedriveModuleOptions } from './pipedrive-module-options.interface.ts'

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<PipedriveModuleOptions>({ moduleName: 'Pipedrive' })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createPipedriveOptions')
    .setExtras({ isGlobal: false }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
    .build()
