import { INestApplication } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import { PipedriveTesting, PipedriveTestingModule } from '@pd/oauth-nestjs/testing'
import request from 'supertest'
import { App } from 'supertest/types'
import { DealsController } from '../src/deals.controller'

describe('Deals (e2e)', () => {
  let app: INestApplication<App>

  beforeEach(async () => {
    const module = await Test.createTestingModule({
      imports: [PipedriveTestingModule.forRoot()],
      controllers: [DealsController],
    }).compile()
    app = module.createNestApplication()
    await app.init()
  })

  it('/deals without a session (GET)', () => {
    return request(app.getHttpServer()).get('/deals').expect(401)
  })

  it('/deals with a session (GET)', async () => {
    const { cookie } = await app.get(PipedriveTesting).connect()
    return request(app.getHttpServer()).get('/deals').set('cookie', cookie).expect(200)
  })

  afterEach(async () => {
    await app.close()
  })
})
