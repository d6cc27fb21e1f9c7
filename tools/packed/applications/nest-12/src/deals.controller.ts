import { Controller, Get, UseGuards } from '@nestjs/common'
import { StoreError, type Installation } from '@pd/oauth-core'
import { CurrentInstallation, InstallationGuard } from '@pd/oauth-nestjs'

@Controller('deals')
@UseGuards(InstallationGuard)
export class DealsController {
  @Get()
  findAll(@CurrentInstallation() installation: Installation) {
    return installation.api<{ data: unknown[] }>('/api/v2/deals')
  }

  isAway(error: unknown): boolean {
    return error instanceof StoreError
  }
}
