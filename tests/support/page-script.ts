/** Builds a script for a page from source text. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { build, type Rollup } from 'vite';

const root = join(import.meta.dirname, '../..');

/**
 * Returns a script that assigns the exports of the module to a global of this name.
 *
 * @param mode In development, React's StrictMode mounts components twice.
 */
export async function pageScript(
  source: string,
  name: string,
  mode: 'production' | 'development' = 'production',
): Promise<string> {
  // No such file exists; the extension selects the syntax.
  const entry = join(root, 'tests/support/page-script-entry.tsx');
  const built = (await build({
    root,
    configFile: false,
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': JSON.stringify(mode) },
    plugins: [
      {
        name: 'page-script',
        enforce: 'pre',
        resolveId: (id) => (id === entry ? entry : undefined),
        load: (id) => (id === entry ? source : undefined),
      },
    ],
    build: { write: false, minify: false, lib: { entry, formats: ['iife'], name } },
  })) as Rollup.RollupOutput[];
  const code = built[0]?.output[0].code ?? assert.fail('nothing was built');
  return `${code}; globalThis.${name} = ${name};`;
}
