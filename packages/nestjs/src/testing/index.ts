export { guardAs } from './guard-as.ts'
export { PipedriveTesting, type ConnectedUser } from './pipedrive-testing.ts'
export { PipedriveTestingModule, type PipedriveTestingOptions } from './pipedrive-testing.module.ts'
export { testInstallation } from './test-installation.ts'
