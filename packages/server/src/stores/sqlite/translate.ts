/** Translates statements of both stores, which are in the language of PostgreSQL, for SQLite. */

/** Hints for SQLite, which are comments in the texts. */
const HINT = /\/\*\+ (.*?) \*\//g;
const LOCK = /\s+FOR (?:NO KEY UPDATE|UPDATE|KEY SHARE|SHARE)(?: OF \w+)?(?: SKIP LOCKED)?/g;
const ARRAY_ITEM = /= ANY ?\(\$(\d+)::text\[\]\)/g;
const ANY_OF_ROWS = /= ANY \(ARRAY\((.*?)\)\)/gs;
const ARRAYS = /unnest\(([^)]+)\)\s+AS (\w+) \(([^)]+)\)/g;

/**
 * Arrays are JSON here. Locks are not needed: one transaction writes at a time, and a read sees one
 * snapshot.
 */
export function translate(sql: string): string {
  return sql
    .replaceAll(HINT, '$1')
    .replaceAll(LOCK, '')
    .replaceAll(ARRAYS, (_, arrays: string, alias: string, columns: string) =>
      unnest(arrays.split(', '), alias, columns.split(', ')),
    )
    .replaceAll(ANY_OF_ROWS, 'IN ($1)')
    .replaceAll(ARRAY_ITEM, 'IN (SELECT value FROM json_each(?$1))')
    .replaceAll(/\$(\d+)/g, '?$1')
    .replaceAll(/::(?:text|bigint|int)\b/g, '')
    .replaceAll(/ COLLATE "C"/g, '')
    .replaceAll(/\bto_json\(/g, 'json_quote(')
    .replaceAll(/\bgreatest\(/g, 'max(')
    .replaceAll(/\bleast\(/g, 'min(');
}

/** The end of a table: its options in PostgreSQL, and in SQLite if they are not the usual ones. */
const TABLE_END = /^\)(?: WITH \([^)]*\))?(?: \/\*\+ ([^*]*?) \*\/)?;$/gm;

/**
 * Translates statements that define tables and indexes. Tables are clustered by their key, unless a
 * hint names other options.
 */
export function translateSchema(sql: string): string {
  return sql
    .replaceAll(TABLE_END, (_, options = 'STRICT, WITHOUT ROWID') => `) ${options};`)
    .replaceAll(
      'BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
      'INTEGER PRIMARY KEY AUTOINCREMENT',
    )
    .replaceAll(/\bBIGINT\b/g, 'INTEGER')
    .replaceAll(/ COLLATE "C"/g, '');
}

/** The items of parallel arrays, which are short, as rows. */
function unnest(arrays: readonly string[], alias: string, columns: readonly string[]): string {
  const [first, ...others] = arrays.map((array) => array.replace(/::\w+\[\]$/, ''));
  const items = ['value', ...others.map((array) => `${array} ->> key`)];
  const named = items.map((item, index) => `${item} AS ${columns[index]}`);
  return `(SELECT ${named.join(', ')} FROM json_each(${first})) AS ${alias}`;
}
