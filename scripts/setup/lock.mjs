/**
 * Allows one set-up at a time: two `npm start`s in a fresh clone must not install over
 * each other. The lock is a file with the holder's process id; if that process has
 * ended, however it ended, the lock is free.
 */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { root } from './root.mjs';
import { say } from './say.mjs';

const FOLDER = join(root, '.parley-setup');
const LOCK = join(FOLDER, 'lock');
const POLL_MS = 250;
/** A lock file without a process id is being written, or its writer was interrupted. */
const UNSIGNED_MS_MAX = 2000;

/** Runs `work` while no other process of this checkout runs its own. */
export async function withSetupLock(work) {
  mkdirSync(FOLDER, { recursive: true });
  let hasReported = false;
  while (!tryLock()) {
    if (!hasReported) say('Another process is setting up this checkout: waiting for it.');
    hasReported = true;
    await wait(POLL_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

function tryLock() {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  if (isHeld()) return false;
  rmSync(LOCK, { force: true });
  return tryLock();
}

function isHeld() {
  try {
    const pid = Number(readFileSync(LOCK, 'utf8'));
    if (pid === 0) return Date.now() - statSync(LOCK).mtimeMs < UNSIGNED_MS_MAX;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM'; // Another user's process: alive.
  }
}
