/** Whether the file can be written and read now: a full disk still opens, and still reads. */
import type { Database } from './database.ts';
import { META } from './migrate.ts';

export function writeProbe(database: Database): void {
  database.run(
    `INSERT INTO store_meta (key, value) VALUES (?, '1')
     ON CONFLICT (key) DO UPDATE SET value = CASE value WHEN '1' THEN '2' ELSE '1' END`,
    META.probe,
  );
}

export function readProbe(database: Database): void {
  database.one('SELECT value FROM store_meta WHERE key = ?', META.probe);
}
