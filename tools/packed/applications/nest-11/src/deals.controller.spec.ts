import { Test } from '@nestjs/testing'
import { StoreError } from '@pd/oauth-core'
import { PipedriveTesting, PipedriveTestingModule, testInstallation } from '@pd/oauth-nestjs/testing'
import { DealsController } from './deals.controller'

describe('DealsController', () => {
  it('lists deals without the guard', async () => {
    const { data } = await new DealsController().findAll(await testInstallation())
    expect(data.length).toBeGreaterThan(0)
  })

  it('is made by Nest, with the guard', async () => {
    const module = await Test.createTestingModule({
      imports: [PipedriveTestingModule.forRoot()],
      controllers: [DealsController],
    }).compile()
    const { installation } = await module.get(PipedriveTesting).connect()
    const { data } = await module.get(DealsController).findAll(installation)
    expect(data.length).toBeGreaterThan(0)
    await module.close()
  })

  it('recognizes the errors of the library, of either copy', async () => {
    const controller = new DealsController()
    expect(controller.isAway(new StoreError('store_unavailable', 'x'))).toBe(true)
    expect(controller.isAway(new Error('x'))).toBe(false)
  })
})
