import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo'
import { Module, UseGuards, type Type } from '@nestjs/common'
import { GraphQLModule, Query, Resolver } from '@nestjs/graphql'
import type { Installation } from '@pd/oauth-core'
import {
  CurrentInstallation,
  InstallationGuard,
  PipedriveModule,
  type PipedriveModuleOptions,
} from '../../../src/index.ts'

@Resolver()
@UseGuards(InstallationGuard)
class DealsResolver {
  @Query(() => [String])
  async titles(@CurrentInstallation() installation: Installation): Promise<string[]> {
    const { data } = await installation.api<{ data: { title: string }[] }>('/api/v2/deals')
    return data.map(({ title }) => title)
  }
}

export function graphqlModule(options: PipedriveModuleOptions): Type {
  @Module({
    imports: [
      PipedriveModule.forRoot(options),
      GraphQLModule.forRoot<ApolloDriverConfig>({ driver: ApolloDriver, autoSchemaFile: true }),
    ],
    providers: [DealsResolver],
  })
  class AppModule {}
  return AppModule
}
