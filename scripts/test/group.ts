/**
 * Runs several test files in this process, each as a suite with its own hooks: `group.ts FILE ...`.
 * The files change nothing outside of their own objects.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe } from 'node:test';
import { root } from '../steps.ts';

// Required by modules of the server, which fails while one of the files is importing it.
await import('../../packages/protocol/src/validators.ts');
const require = createRequire(import.meta.url);
for (const path of process.argv.slice(2)) {
  // At once: its suites are found to be parts of this one while the function runs.
  describe(path, () => void require(join(root, path)));
}
