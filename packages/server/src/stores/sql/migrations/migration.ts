/** A change of the schema, written once for both databases in the language of PostgreSQL. */
export interface Migration {
  /**
   * The statements in their order; where the databases need different ones, the text of each.
   * `stores/sqlite/translate.ts` says what is translated.
   */
  readonly sql: readonly (string | Readonly<Record<SqlDatabase, string>>)[];
  /**
   * Lowest version whose Parley can work with the schema after this migration: nodes that share
   * PostgreSQL are upgraded one by one.
   */
  readonly oldestReader: number;
}

type SqlDatabase = 'postgres' | 'sqlite';

/** The text of a migration for a database. @param translate Translates what both have in common. */
export function migrationText(
  { sql }: Migration,
  database: SqlDatabase,
  translate = (common: string): string => common,
): string {
  return sql.map((part) => (typeof part === 'string' ? translate(part) : part[database])).join('');
}
