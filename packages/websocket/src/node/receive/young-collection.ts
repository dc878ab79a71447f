/**
 * Collects young objects at a time of our choice, with V8's function `gc`, which contexts have that
 * are created while the flag `--expose-gc` is set, as in Jest. It is unset at once, so no other
 * context gets it. Without the function, V8 decides when to collect (docs/decisions/0021).
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MAY_USE_INTERNALS } from '../node-internals-switch.ts';

type Collect = (options: { readonly type: 'minor' }) => void;

/** `null` before it was searched for: a context takes a millisecond and 0.3 MB. */
let collect: Collect | undefined | null = null;

const YOUNG_ONLY = Object.freeze({ type: 'minor' });

/** Does nothing if the platform offers no way. Takes 50 µs and more if many objects survive. */
export function collectYoungObjects(): void {
  if (canCollectYoungObjects()) collect?.(YOUNG_ONLY);
}

export function canCollectYoungObjects(): boolean {
  if (collect === null) collect = MAY_USE_INTERNALS ? findCollect() : undefined;
  return collect !== undefined;
}

function findCollect(): Collect | undefined {
  // With the flag set by the application there is no need to change flags.
  const { gc: exposed } = globalThis as { gc?: unknown };
  try {
    const found = typeof exposed === 'function' ? exposed : findInNewContext();
    return typeof found === 'function' ? (found as Collect) : undefined;
  } catch {
    return undefined;
  }
}

function findInNewContext(): unknown {
  setFlagsFromString('--expose-gc');
  try {
    return runInNewContext('globalThis.gc');
  } finally {
    setFlagsFromString('--no-expose-gc');
  }
}
