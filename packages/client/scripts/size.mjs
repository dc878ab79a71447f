/** `npm run size`: prints the size of the core in a browser bundle, compressed with Brotli. */
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'vite';

const root = join(import.meta.dirname, '..');
const built = await build({
  root,
  configFile: false,
  logLevel: 'error',
  build: { write: false, lib: { entry: 'src/index.ts', formats: ['es'] }, minify: true },
});
const { output } = Array.isArray(built) ? built[0] : built;
const bytes = output.reduce(
  (sum, chunk) => sum + (chunk.type === 'chunk' ? brotliCompressSync(chunk.code).length : 0),
  0,
);
console.log(`${bytes} bytes, the core of @parley/client with Brotli`);
