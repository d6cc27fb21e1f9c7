import { Module } from '@nestjs/common'
import common from '@nestjs/common/package.json' with { type: 'json' }
import core from '@nestjs/core/package.json' with { type: 'json' }
import express from '@nestjs/platform-express/package.json' with { type: 'json' }
import fastify from '@nestjs/platform-fastify/package.json' with { type: 'json' }
import { expect, test } from 'vitest'
import { PipedriveModule } from '../src/index.ts'

test('these tests run on the version of NestJS that they are for', () => {
  const major = process.env['NEST_MAJOR'] ?? '12'
  for (const { name, version } of [common, core, express, fastify])
    expect([name, version.split('.')[0]]).toEqual([name, major])
  // One Nest only: the module is decorated by the very functions that the tests import.
  @Module({})
  class Decorated {}
  expect(Reflect.getMetadataKeys(PipedriveModule)).toEqual(
    expect.arrayContaining(Reflect.getMetadataKeys(Decorated)),
  )
})
