/**
 * Preloaded into a server and its threads: writes which source files are on the call stack, and on
 * those of the calls that led to it, when something is handed over to a thread, to the database or to
 * a socket.
 */
import { createHook, executionAsyncId } from 'node:async_hooks';
import { appendFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { StatementSync } from 'node:sqlite';
import { MessagePort } from 'node:worker_threads';

interface Origin {
  readonly files: readonly string[];
  readonly parent: number;
}

const TRACE_FILE = process.env['TRACE_FILE'] ?? '/dev/null';
/** Above it, the origins of all earlier calls are forgotten. */
const ORIGINS_MAX = 200_000;
/** Maximum number of asynchronous steps between the arrival of a message and a hand-over. */
const STEPS_MAX = 60;

Error.stackTraceLimit = 200;
const origins = new Map<number, Origin>();
createHook({
  init(id) {
    if (origins.size > ORIGINS_MAX) origins.clear();
    origins.set(id, { files: filesOnStack(), parent: executionAsyncId() });
  },
}).enable();

function filesOnStack(): string[] {
  const lines = (new Error('Only its stack is used').stack ?? '').split('\n');
  return lines.flatMap((line) => /\/packages\/(\w+\/src\/[\w./-]+\.ts)/.exec(line)?.[1] ?? []);
}

function note(): void {
  const files = filesOnStack();
  let origin = origins.get(executionAsyncId());
  for (let steps = 0; origin !== undefined && steps < STEPS_MAX; steps += 1) {
    files.push(...origin.files);
    origin = origins.get(origin.parent);
  }
  if (files.length > 0) appendFileSync(TRACE_FILE, `${JSON.stringify([...new Set(files)])}\n`);
}

/** Calls `note` before each call of a method. */
function watch<Name extends string>(
  prototype: Record<Name, (...args: never[]) => unknown>,
  name: Name,
  isWatched: (self: unknown) => boolean = () => true,
): void {
  const original = prototype[name];
  prototype[name] = function (this: unknown, ...args: never[]): unknown {
    if (isWatched(this)) note();
    return original.apply(this, args);
  };
}

const isInsert = (statement: unknown): boolean =>
  /INSERT INTO (messages|room_events)/.test((statement as StatementSync).sourceSQL);
watch(StatementSync.prototype as never, 'run', isInsert);
watch(StatementSync.prototype as never, 'get', isInsert);
watch(MessagePort.prototype as never, 'postMessage');
watch(Socket.prototype as never, 'write');
