/** Waiting with a deadline for external events. */
import type { EventEmitter } from 'node:events';
import type { CloseOutcome, Connection } from '../../src/index.ts';

/** Far more than any wait takes: on a busy machine a process may stand still for seconds. */
const DEADLINE_MS = 120_000;

/** Resolves once the condition holds; checks it in each turn of the event loop. */
export async function until(condition: () => boolean, what = 'the condition'): Promise<void> {
  // Not the calendar, which a test may stop.
  const deadline = performance.now() + DEADLINE_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** The arguments of the next event of this name. */
export function next(emitter: EventEmitter, event: string): Promise<unknown[]> {
  return inTime(
    new Promise((resolve) => emitter.once(event, (...args: unknown[]) => resolve(args))),
    `event ${event}`,
  );
}

/** Code, reason and cleanness of the connection's end. */
export function outcomeOf(connection: Connection): Promise<CloseOutcome> {
  const outcome = new Promise<CloseOutcome>((resolve) => {
    connection.once('close', ({ code, reason, wasClean }) => resolve({ code, reason, wasClean }));
  });
  return inTime(outcome, 'the close event');
}

export async function inTime<T>(
  promise: Promise<T>,
  what: string,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), deadlineMs);
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits a few turns of the event loop, so that immediate work is done. */
export async function turns(count = 5): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
