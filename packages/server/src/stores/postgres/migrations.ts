/** The versions of the schema as texts for PostgreSQL. */
import { MIGRATIONS as COMMON } from '../sql/migrations/index.ts';
import { migrationText } from '../sql/migrations/migration.ts';

/** One version of the schema. */
export interface PostgresMigration {
  readonly sql: string;
  readonly oldestReader: number;
}

export const MIGRATIONS: readonly PostgresMigration[] = Object.freeze(
  COMMON.map((migration) => ({
    sql: migrationText(migration, 'postgres'),
    oldestReader: migration.oldestReader,
  })),
);
