export { instrument, type InstrumentOptions } from './instrument.ts'
export { instrumentStore } from './instrument-store.ts'
export { attributeNames, metricNames, scopeName, spanNames } from './names.ts'
