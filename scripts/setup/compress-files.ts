/** Writes compressed copies next to files, for a server that sends them as they are. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const TEXT = /\.(?:css|html|js|json|svg|txt|webmanifest)$/;

/** By the suffix that the server looks for; at the best compression, since it is done once. */
const ENCODERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  '.br': (bytes) =>
    brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
        // The whole file as a block: less than the default blocks of 64 KiB give.
        [constants.BROTLI_PARAM_LGBLOCK]: constants.BROTLI_MAX_INPUT_BLOCK_BITS,
      },
    }),
  '.gz': (bytes) => gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }),
};

/** Compresses all text files of the folder; skips a copy that would not be smaller. */
export function compressFiles(folder: string): void {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  for (const { name, parentPath } of entries.filter((entry) => entry.isFile())) {
    if (!TEXT.test(name)) continue;
    const path = join(parentPath, name);
    const bytes = readFileSync(path);
    for (const [ending, encode] of Object.entries(ENCODERS)) {
      const encoded = encode(bytes);
      if (encoded.length < bytes.length) writeFileSync(`${path}${ending}`, encoded);
    }
  }
}
