/** The version of the server package. */
import { readFileSync } from 'node:fs';

// The manifest of this package always has a version.
const manifest = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { readonly version: string };

export const version: string = manifest.version;
