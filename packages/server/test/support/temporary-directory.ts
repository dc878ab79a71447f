/** Creates a directory for one test, removed when the test's process ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'parley-test-'));
  process.setMaxListeners(0);
  process.once('exit', () => rmSync(path, { recursive: true, force: true }));
  return path;
}
