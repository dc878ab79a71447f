/**
 * Runs several test files in this process, each as a suite with its own hooks: `group.ts FILE ...`.
 * The files change nothing outside of their own objects.
 */
import { join } from 'node:path';
import { describe } from 'node:test';
import { pathToFileURL } from 'node:url';
import { root } from '../steps.ts';

// Required by modules of the server, which fails while one of the files is importing it.
await import('../../packages/protocol/src/validators.ts');
for (const path of process.argv.slice(2)) {
  describe(path, () => import(pathToFileURL(join(root, path)).href));
}
