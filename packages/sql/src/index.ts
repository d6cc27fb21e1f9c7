export { migrations, type Migration, type MigrationsOptions } from './migrations.ts'
export { schema, schemaDialects, type SchemaDialect, type SchemaOptions } from './schema.ts'
export {
  sqlDriver,
  type SqlDialect,
  type SqlDriver,
  type SqlListen,
  type SqlListener,
  type SqlQuery,
  type SqlResult,
  type SqlRow,
  type SqlValue,
} from './sql-driver.ts'
export { sqlStore, type SqlStore, type SqlStoreOptions } from './sql-store.ts'
