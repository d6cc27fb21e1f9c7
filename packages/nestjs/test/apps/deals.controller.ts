import { Controller, Get, Header, UseGuards } from '@nestjs/common'
import type { Installation } from '@pd/oauth-core'
import { CurrentInstallation, InstallationGuard } from '../../src/index.ts'

/** What every application here does with an installation. */
@Controller('deals')
@UseGuards(InstallationGuard)
export class DealsController {
  @Get()
  @Header('cache-control', 'no-store')
  async findAll(@CurrentInstallation() installation: Installation) {
    const { data } = await installation.api<{ data: object[] }>('/api/v2/deals')
    return { id: installation.id, deals: data }
  }
}
