export { migrations, type Migration, type MigrationsOptions } from './migrations.ts'
export { schema, schemaDialects, type SchemaDialect, type SchemaOptions } from './schema.ts'
export type { SqlDialect, SqlDriver, SqlRow, SqlValue } from './sql-driver.ts'
export { sqlStore, type SqlStore, type SqlStoreOptions } from './sql-store.ts'
