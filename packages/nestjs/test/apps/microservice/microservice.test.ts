import 'reflect-metadata'
import { Controller, Inject, Module, type Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ClientProxyFactory, MessagePattern, Transport } from '@nestjs/microservices'
import { PipedriveOAuth } from '@pd/oauth-core'
import { freePort } from '@pd/test-support/free-port'
import { lastValueFrom } from 'rxjs'
import { expect, test } from 'vitest'
import { PipedriveModule, type PipedriveModuleOptions } from '../../../src/index.ts'
import { createWorld } from '../../start-app.ts'

@Controller()
class DealsMessages {
  constructor(@Inject(PipedriveOAuth) private readonly oauth: PipedriveOAuth) {}

  @MessagePattern('deals')
  find(id: string): Promise<unknown> {
    return this.oauth.installation(id).api('/api/v2/deals')
  }
}

function microserviceModule(options: PipedriveModuleOptions): Type {
  @Module({ imports: [PipedriveModule.forRoot(options)], controllers: [DealsMessages] })
  class AppModule {}
  return AppModule
}

test('a microservice answers with the code of what went wrong, and its caller does not wait forever', async () => {
  await using world = await createWorld()
  const address = {
    transport: Transport.TCP as const,
    options: { host: '127.0.0.1', port: await freePort() },
  }
  const module = microserviceModule(world.options)
  const service = await NestFactory.createMicroservice(module, { ...address, logger: false })
  await service.listen()
  const client = ClientProxyFactory.create(address)
  try {
    await expect(lastValueFrom(client.send('deals', '1001:11'))).rejects.toMatchObject({
      status: 'error',
      code: 'not_installed',
      message: expect.stringContaining('connect Pipedrive first'),
    })
  } finally {
    await client.close()
    await service.close()
  }
})
