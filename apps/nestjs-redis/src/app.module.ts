import { Module } from '@nestjs/common'
import { ScheduleModule } from '@nestjs/schedule'
import { TerminusModule } from '@nestjs/terminus'
import { PipedriveModule } from '@pd/oauth-nestjs'
import { DealsController } from './deals.controller.ts'
import { DepartureLog } from './departure-log.service.ts'
import { HealthController } from './health.controller.ts'
import { KeepAliveTask } from './keep-alive.task.ts'
import { PipedriveSettings } from './pipedrive.settings.ts'
import { RedisModule } from './redis.module.ts'

@Module({
  imports: [
    PipedriveModule.forRootAsync({ imports: [RedisModule], useClass: PipedriveSettings }),
    ScheduleModule.forRoot(),
    TerminusModule,
  ],
  controllers: [DealsController, HealthController],
  providers: [DepartureLog, KeepAliveTask],
})
export class AppModule {}
