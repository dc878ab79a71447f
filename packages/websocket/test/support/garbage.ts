/** Forces garbage collection, so that the remaining memory is in use. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/** Collects a few times with turns of the event loop between, since one pass may free more for the next. */
export async function collectGarbage(): Promise<void> {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    // The flag adds this function to each new context.
    collect = runInNewContext('gc') as () => void;
  }
  for (let round = 0; round < 4; round += 1) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
