import { Controller, Get, UseGuards } from '@nestjs/common'
import type { Installation } from '@pd/oauth-core'
import { CurrentInstallation, InstallationGuard } from '@pd/oauth-nestjs'

interface Deals {
  readonly data: readonly { readonly id: number; readonly title: string; readonly value: number }[]
}

@Controller('deals')
@UseGuards(InstallationGuard)
export class DealsController {
  @Get()
  async findAll(@CurrentInstallation() installation: Installation) {
    const { data } = await installation.api<Deals>('/api/v2/deals')
    return { deals: data.map(({ id, title, value }) => ({ id, title, value })) }
  }
}
