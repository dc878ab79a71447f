/** A folder of its own for one test, gone when the test is over. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

/** Deleted after the tests of the file or suite in which it was asked for. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'parley-test-'));
  after(() => rmSync(path, { recursive: true, force: true, maxRetries: 3 }));
  return path;
}
