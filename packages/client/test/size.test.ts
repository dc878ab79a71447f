import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

test('the core of the client stays within its budget', async () => {
  // The script fails if the core is larger.
  await promisify(execFile)(process.execPath, [join(import.meta.dirname, '../scripts/size.mjs')]);
});
