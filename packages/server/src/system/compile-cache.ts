/** Keeps the compiled code of all modules between starts: compiling them is most of a start. */
import { mkdirSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';

const FOLDER = 'compile-cache';

/**
 * Modules that are loaded from now on, also by threads and worker processes, are compiled once for
 * each version of Node and of the module. Node writes the folder when the process exits. Without the
 * folder, everything is compiled.
 *
 * @param directory A folder of the server's own: its user executes what is stored here.
 */
export function keepCompiledCode(directory: string): void {
  if (process.env['NODE_COMPILE_CACHE'] || process.env['NODE_DISABLE_COMPILE_CACHE']) return;
  const path = join(directory, FOLDER);
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch {
    return;
  }
  const { status } = module.enableCompileCache(path);
  if (status !== module.constants.compileCacheStatus.ENABLED) return;
  process.env['NODE_COMPILE_CACHE'] = path;
}
