/**
 * Which Node runs Parley.
 *
 * Parley needs Node 24.21 (`node:sqlite`, `crypto.argon2`, types stripped from
 * sources). Where the installed one is older, the one that comes with the packages
 * is used. Plain JavaScript for any Node, so that an old one can say so.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** What Parley itself runs on: major, minor. */
const NEEDED = [24, 21];
/** What is enough to install the packages, a newer Node among them. */
const NEEDED_TO_INSTALL = [20, 19];

/** A line that says so where this Node is too old for anything; undefined where it will do. */
export function tooOldToInstall() {
  const { node } = process.versions;
  if (isAtLeast(node, NEEDED_TO_INSTALL)) return undefined;
  return `Parley needs Node ${NEEDED_TO_INSTALL.join('.')} or later; this is ${node}.`;
}

/**
 * The Node to run on: `path`, and a `note` where it is not the user's own; or a
 * `fault` where there is none.
 */
export function findNode() {
  const users = nodeOfTheUser();
  const needed = NEEDED.join('.');
  if (isAtLeast(users, NEEDED) && isAtLeast(process.versions.node, NEEDED)) {
    return { path: process.execPath };
  }
  const bundled = bundledNode();
  if (bundled === undefined) {
    const place = `${process.platform} on ${process.arch}`;
    return {
      fault: `Parley needs Node ${needed} or later; this is ${users}, and there is no Node package for ${place}. Install a newer Node.`,
    };
  }
  const note = `Node ${users} is older than ${needed}: running on the Node that is installed with the packages.`;
  return { path: bundled, note };
}

function isAtLeast(version, [major, minor]) {
  const [haveMajor = 0, haveMinor = 0] = version.split('.').map(Number);
  return haveMajor > major || (haveMajor === major && haveMinor >= minor);
}

/** npm puts the packages' Node on the PATH of its scripts; its user agent tells the user's own. */
function nodeOfTheUser() {
  const told = /\bnode\/v(\S+)/.exec(process.env.npm_config_user_agent ?? '')?.[1];
  return told ?? process.versions.node;
}

/** The platform's package, which is installed wherever ours is. */
function bundledNode() {
  const isWindows = process.platform === 'win32';
  const name = `node-${isWindows ? 'win' : process.platform}-${process.arch}`;
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    const path = join(folder, name, 'bin', isWindows ? 'node.exe' : 'node');
    if (existsSync(path)) return path;
  }
  return undefined;
}
