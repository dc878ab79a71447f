/**
 * Which Node runs Parley.
 *
 * Parley needs Node 24.21 (`node:sqlite`, `crypto.argon2`, types stripped from
 * sources). Where the installed one is older, the one that is installed with the
 * packages is used; the package's name tells the platform.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';
import { stop } from './say.mjs';

/** What Parley itself runs on. */
export const NODE_NEEDED = [24, 21];
/** What is enough to install the packages, a newer Node among them. */
const NODE_TO_INSTALL = [20, 19];

export function isAtLeast(version, [major, minor]) {
  const [haveMajor = 0, haveMinor = 0] = version.split('.').map(Number);
  return haveMajor > major || (haveMajor === major && haveMinor >= minor);
}

export function refuseOldNode() {
  if (isAtLeast(process.versions.node, NODE_TO_INSTALL)) return;
  stop(
    `Parley needs Node ${NODE_TO_INSTALL.join('.')} or later; this is ${process.versions.node}.`,
  );
}

/** The Node to run on, and a note where it is not the one that the user has. */
export function findNode() {
  const users = nodeOfTheUser();
  if (isAtLeast(users, NODE_NEEDED) && isAtLeast(process.versions.node, NODE_NEEDED)) {
    return { path: process.execPath };
  }
  const bundled = bundledNode();
  if (bundled === undefined) {
    stop(
      `Parley needs Node ${NODE_NEEDED.join('.')} or later; this is ${users}, and there is no ` +
        `Node package for ${process.platform} on ${process.arch}. Install a newer Node.`,
    );
  }
  return {
    path: bundled,
    note: `Node ${users} is older than ${NODE_NEEDED.join('.')}: running on the Node that is installed with the packages.`,
  };
}

/** npm puts the packages' Node on the PATH of its scripts; its user agent tells the user's own. */
function nodeOfTheUser() {
  const told = /\bnode\/v(\S+)/.exec(process.env.npm_config_user_agent ?? '')?.[1];
  return told ?? process.versions.node;
}

function bundledNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const folder = join(root, 'node_modules', `node-${platform}-${process.arch}`, 'bin');
  const path = join(folder, process.platform === 'win32' ? 'node.exe' : 'node');
  return existsSync(path) ? path : undefined;
}
