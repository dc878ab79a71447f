/** Whether the file can be written and read now: a full disk still opens, and still reads. */
import type { Database } from './database.ts';
import { META } from './migrate.ts';

/** More than a commit of some messages takes: on the last pages of a disk a small write still succeeds. */
const BYTES = 64 * 1024;

/** Other bytes each time: pages that stay the same are not written, and need no room. */
export function writeProbe(database: Database): void {
  database.run(
    `INSERT INTO store_meta (key, value) VALUES (?1, hex(randomblob(?2)))
     ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    META.probe,
    BYTES / 2,
  );
}

export function readProbe(database: Database): void {
  database.one('SELECT value FROM store_meta WHERE key = ?', META.probe);
}
