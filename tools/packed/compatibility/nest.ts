import 'reflect-metadata'
import { Controller, Get, UseGuards } from '@nestjs/common'
import type { Installation } from '@pd/oauth-core'
import { CurrentInstallation, InstallationGuard, PipedriveModule } from '@pd/oauth-nestjs'
import { PipedriveTestingModule, testInstallation } from '@pd/oauth-nestjs/testing'

@Controller('deals')
@UseGuards(InstallationGuard)
export class DealsController {
  @Get()
  findAll(@CurrentInstallation() installation: Installation) {
    return installation.api<{ data: unknown[] }>('/api/v2/deals')
  }
}

export const parts = [PipedriveModule, PipedriveTestingModule.forRoot(), testInstallation()]
