/** The version of the server: that of the package, and in a checkout its commit. */
import { readFileSync } from 'node:fs';

const CHECKOUT = new URL('../../../../.git/', import.meta.url);
/** Enough to name a commit of this project. */
const COMMIT_LENGTH = 12;

// The manifest of this package always has a version.
const manifest = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { readonly version: string };

/** Such as `0.2.0`, or with build metadata of Semantic Versioning `0.2.0+0123456789ab`. */
export const version: string = [manifest.version, ...readCommit()].join('+');

function readCommit(): readonly string[] {
  try {
    const head = readFileSync(new URL('HEAD', CHECKOUT), 'utf8').trim();
    const [, branch] = /^ref: (.+)$/.exec(head) ?? [];
    const commit = branch === undefined ? head : readFileSync(new URL(branch, CHECKOUT), 'utf8');
    return /^[0-9a-f]{40}/.test(commit) ? [commit.slice(0, COMMIT_LENGTH)] : [];
  } catch {
    return [];
  }
}
