/** The versions of the schema as texts for SQLite. */
import { MIGRATIONS as COMMON } from '../sql/migrations/index.ts';
import { migrationText } from '../sql/migrations/migration.ts';
import { translateSchema } from './translate.ts';

export const MIGRATIONS: readonly string[] = Object.freeze(
  COMMON.map((migration) => migrationText(migration, 'sqlite', translateSchema)),
);
