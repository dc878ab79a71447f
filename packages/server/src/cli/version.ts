/** The version of the server package. */
import { readFileSync } from 'node:fs';

// The package's own file, which always has one.
const manifest = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { readonly version: string };

export const version: string = manifest.version;
