import { Controller, Get, Inject, Module, type Type } from '@nestjs/common'
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus'
import { PipedriveHealthIndicator, PipedriveModule, type PipedriveModuleOptions } from '../../../src/index.ts'

@Controller('health')
class HealthController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(PipedriveHealthIndicator) private readonly pipedrive: PipedriveHealthIndicator,
  ) {}

  @Get()
  @HealthCheck({ noCache: true })
  check() {
    return this.health.check([() => this.pipedrive.isHealthy('pipedrive', { maxAttention: 0.3 })])
  }
}

export function healthModule(options: PipedriveModuleOptions): Type {
  @Module({ imports: [PipedriveModule.forRoot(options), TerminusModule], controllers: [HealthController] })
  class AppModule {}
  return AppModule
}
