/**
 * `npm run size`: prints what the SDK adds to the first load of a page: minified and
 * compressed with Brotli. The last line is the core: an application that uses
 * `createParley`, with everything behind it that is not loaded later. It fails if that is
 * more than the budget.
 */
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'vite';

const root = join(import.meta.dirname, '..');
const ENTRIES = {
  'everything that @parley/client exports': `export * from './src/index.ts';`,
  'the hooks of @parley/client/react': `export * from './src/react/index.ts';`,
  'the core of @parley/client': `export { ChatError, createParley } from './src/index.ts';`,
};

/** Budget of the core, which is the last entry. */
const CORE_BYTES_MAX = 18_000;

let bytes = 0;
for (const [name, code] of Object.entries(ENTRIES)) {
  bytes = await sizeOf(code);
  console.log(`${bytes} bytes, ${name} with Brotli`);
}
if (bytes > CORE_BYTES_MAX) {
  console.error(`The core may have at most ${CORE_BYTES_MAX} bytes`);
  process.exitCode = 1;
}

async function sizeOf(code) {
  const entry = join(root, 'entry.ts');
  const built = await build({
    root,
    configFile: false,
    logLevel: 'error',
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === entry ? id : undefined),
        load: (id) => (id === entry ? code : undefined),
      },
    ],
    // Builds for SSR have no code of Vite in them.
    ssr: { noExternal: true, target: 'webworker' },
    build: {
      write: false,
      ssr: true,
      minify: true,
      // React is the application's.
      rollupOptions: {
        input: entry,
        external: /^react/,
        preserveEntrySignatures: 'allow-extension',
        output: { codeSplitting: true },
      },
    },
  });
  const { output } = Array.isArray(built) ? built[0] : built;
  const first = output.find((chunk) => chunk.type === 'chunk' && chunk.isEntry);
  const loaded = new Set([first]);
  // Static imports load with the entry; dynamic ones when they are used.
  for (const chunk of loaded) {
    for (const file of chunk.imports) {
      const imported = output.find(({ fileName }) => fileName === file);
      if (imported !== undefined) loaded.add(imported);
    }
  }
  return [...loaded].reduce((sum, chunk) => sum + brotliCompressSync(chunk.code).length, 0);
}
