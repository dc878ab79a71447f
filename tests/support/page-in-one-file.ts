/**
 * The page in one script, for the tests that are not about how its parts are loaded: for each load of
 * the product's a hundred files are asked for, sent and reported to the test.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withSetupLock } from '../../scripts/setup/lock.mjs';
import { root, runCommand, tool } from '../../scripts/steps.ts';

/** The page as users get it. */
export const PRODUCT_PAGE = join(root, 'packages/web/dist');
const CONFIG = join(import.meta.dirname, 'page-in-one-file.config.ts');
const FOLDER = join(root, 'node_modules/.page-in-one-file');
const STAMP = join(FOLDER, '.sources');

/** Builds it, unless it was built from the sources of the product's page. */
export async function pageInOneFile(): Promise<string> {
  const sources =
    readFileSync(join(PRODUCT_PAGE, '.sources'), 'utf8') + readFileSync(CONFIG, 'utf8');
  const isBuilt = (): boolean => existsSync(STAMP) && readFileSync(STAMP, 'utf8') === sources;
  if (isBuilt()) return FOLDER;
  await withSetupLock(async () => {
    if (isBuilt()) return; // By the process that was waited for.
    const fresh = `${FOLDER}.new`;
    const args = ['--config', CONFIG, '--outDir', fresh, '--emptyOutDir', '--logLevel', 'warn'];
    const built = await runCommand(tool('vite'), ['build', 'packages/web', ...args], {
      quiet: true,
    });
    if (built.code !== 0) throw new Error(`The page could not be built:\n${built.output}`);
    writeFileSync(join(fresh, '.sources'), sources);
    rmSync(FOLDER, { recursive: true, force: true });
    renameSync(fresh, FOLDER);
  });
  return FOLDER;
}
