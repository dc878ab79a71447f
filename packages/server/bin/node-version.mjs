/**
 * Finds the Node that runs Parley.
 *
 * Parley needs Node 24.21 (`node:sqlite`, `crypto.argon2`, type stripping). If the installed
 * version is older, the Node that is installed with the packages is used. This file is plain
 * JavaScript, so that an old Node can run it and print the message.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Minimum version that runs Parley: major, minor. */
const NEEDED = [24, 21];
/** Minimum version that can install the packages, a newer Node among them. */
const NEEDED_TO_INSTALL = [20, 19];

/** Message if this Node is too old to install the packages; otherwise undefined. */
export function tooOldToInstall() {
  const { node } = process.versions;
  if (isAtLeast(node, NEEDED_TO_INSTALL)) return undefined;
  return `Parley needs Node ${NEEDED_TO_INSTALL.join('.')} or later; this is ${node}.`;
}

/**
 * The Node to run on: `path`, with a `note` if it is not the user's own; or an `error` if
 * there is none.
 */
export function findNode() {
  const installed = installedVersion();
  const needed = NEEDED.join('.');
  if (isAtLeast(installed, NEEDED) && isAtLeast(process.versions.node, NEEDED)) {
    return { path: process.execPath };
  }
  const bundled = bundledNode();
  if (bundled === undefined) {
    const platform = `${process.platform} on ${process.arch}`;
    return {
      error: `Parley needs Node ${needed} or later; this is ${installed}, and there is no Node package for ${platform}. Install a newer Node.`,
    };
  }
  const note = `Node ${installed} is older than ${needed}: using the Node that is installed with the packages.`;
  return { path: bundled, note };
}

function isAtLeast(version, [major, minor]) {
  const [haveMajor = 0, haveMinor = 0] = version.split('.').map(Number);
  return haveMajor > major || (haveMajor === major && haveMinor >= minor);
}

/** Version of the user's Node. npm puts the packages' Node on the PATH of its scripts; its user agent has the user's. */
function installedVersion() {
  const reported = /\bnode\/v(\S+)/.exec(process.env.npm_config_user_agent ?? '')?.[1];
  return reported ?? process.versions.node;
}

/** Path of the Node in the platform's package, installed as a dependency of this package. */
function bundledNode() {
  const isWindows = process.platform === 'win32';
  const name = `node-${isWindows ? 'win' : process.platform}-${process.arch}`;
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    const path = join(folder, name, 'bin', isWindows ? 'node.exe' : 'node');
    if (existsSync(path)) return path;
  }
  return undefined;
}
