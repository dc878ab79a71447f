/** Checks that the file can be written and read now: on a full disk it still opens and reads. */
import type { Database } from './database.ts';

/** Of the row in `store_meta`. */
const KEY = 'probe';
/**
 * More than a commit of some messages takes: on a nearly full disk a small write still succeeds.
 */
const BYTES = 64 * 1024;

/** Writes different bytes each time: unchanged pages are not written and need no space. */
export function writeProbe(database: Database): void {
  database.run(
    `INSERT INTO store_meta (key, value) VALUES (?1, hex(randomblob(?2)))
     ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    KEY,
    BYTES / 2,
  );
}

export function readProbe(database: Database): void {
  database.one('SELECT value FROM store_meta WHERE key = ?', KEY);
}
