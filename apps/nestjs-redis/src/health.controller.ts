import { Controller, Get, Inject } from '@nestjs/common'
import { HealthCheck, HealthCheckService } from '@nestjs/terminus'
import { PipedriveHealthIndicator } from '@pd/oauth-nestjs'

@Controller('health')
export class HealthController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(PipedriveHealthIndicator) private readonly pipedrive: PipedriveHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  check() {
    return this.health.check([() => this.pipedrive.isHealthy('pipedrive', { maxAttention: 0.5 })])
  }
}
