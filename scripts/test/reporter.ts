/**
 * A reporter for `node:test`: one JSON line when a test begins, one when it has finished, and one at
 * the end of the process, without which the report is incomplete.
 *
 * It writes to its own file, since a test may write anything to standard output,
 * which would corrupt the lines.
 */
import type { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { setTimeout as wait } from 'node:timers/promises';

const GROUP = join(import.meta.dirname, 'group.ts');

/** How the runner begins to tell of an error that it does not know the test of. */
const UNHANDLED = 'Error: A resource generated asynchronous activity';

export interface TestLine {
  /** The test file, if it shares the process with others. */
  readonly file?: string | undefined;
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** The error with its stack, or the reason for skipping. */
  readonly why: string;
}

/** A test that began, for the report of a process that ended before it. */
export interface BegunLine {
  readonly begun: string;
}

/** The last line of a report. */
export interface UsageLine {
  /** CPU time of the process and of its children that have ended. */
  readonly cpuMs: number;
  /** Servers and children that the tests have left, by the names that Node gives to them. */
  readonly open: readonly string[];
}

/** In this time, what is closing when the tests end may end as well. */
const CLOSING_PAUSES = 20;
const CLOSING_PAUSE_MS = 50;
/** An event of this process. */
export const TESTS_ENDED = 'tests ended';
const LEAKS = new Set(['TCPServerWrap', 'PipeServerWrap', 'ProcessWrap']);

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let file: string | undefined;
  let tests = 0;
  for await (const event of events) {
    if (event.type === 'test:start' && isFile(event.data)) {
      file = event.data.name;
      tests = 0;
    }
    if (event.type === 'test:dequeue') {
      yield `${JSON.stringify({ begun: event.data.name } satisfies BegunLine)}\n`;
    }
    const line = toLine(event);
    if (line !== undefined) {
      tests += 1;
      yield `${JSON.stringify({ file, ...line })}\n`;
    }
    const hasEnded = event.type === 'test:pass' || event.type === 'test:fail';
    if (hasEnded && isFile(event.data) && tests === 0) {
      yield `${JSON.stringify({ file, ...failure(event.data.name, 'holds no test') })}\n`;
    }
  }
  const open = await leftOpen();
  yield `${JSON.stringify({ cpuMs: usedCpuMs(), open } satisfies UsageLine)}\n`;
}

/** Tells those that keep something for the next test, and waits a little for what is closing. */
async function leftOpen(): Promise<readonly string[]> {
  (process as EventEmitter).emit(TESTS_ENDED);
  const open = () => process.getActiveResourcesInfo().filter((name) => LEAKS.has(name));
  for (let pauses = 0; open().length > 0 && pauses < CLOSING_PAUSES; pauses += 1) {
    await wait(CLOSING_PAUSE_MS);
  }
  return open();
}

function usedCpuMs(): number {
  const { user, system } = process.cpuUsage();
  const ownMs = (user + system) / 1000;
  if (process.platform !== 'linux') return ownMs;
  // cutime and cstime, in hundredths of a second (proc(5)); the name before them may hold spaces.
  const fields = readFileSync('/proc/self/stat', 'utf8').replace(/.*\) /, '').split(' ');
  return ownMs + (Number(fields[13]) + Number(fields[14])) * 10;
}

/** Whether this is the suite of a file that shares the process with others. */
function isFile({ file, nesting }: { readonly file?: string; readonly nesting: number }): boolean {
  return file === GROUP && nesting === 0;
}

function failure(name: string, why: string): TestLine {
  return { name, outcome: 'failed', why };
}

function toLine({ type, data }: TestEvent): TestLine | undefined {
  if (type === 'test:fail') {
    const { error } = data.details;
    // A suite fails with its tests; only failures of its own are counted and shown.
    if (data.details.type === 'suite' && isEcho(error)) return undefined;
    return failure(data.name, describe(error));
  }
  // Of the runner itself: other diagnostics are of tests, or figures.
  if (type === 'test:diagnostic' && data.message.startsWith(UNHANDLED)) {
    return failure('an error that no code handles', data.message);
  }
  if (type !== 'test:pass') return undefined;
  if (data.skip !== undefined) {
    const why = typeof data.skip === 'string' ? data.skip : '';
    return { name: data.name, outcome: 'skipped', why };
  }
  if (data.details.type === 'suite') return undefined;
  return { name: data.name, outcome: 'passed', why: '' };
}

function isEcho(error: Error & { failureType?: string }): boolean {
  return error.failureType === 'subtestsFailed';
}

function describe(error: Error): string {
  // The error of the runner, then that of the test, which may name a cause too.
  const thrown = error.cause instanceof Error ? error.cause : error;
  const { cause } = thrown;
  const why = cause instanceof Error ? `\nCaused by: ${cause.stack ?? cause.message}` : '';
  return (thrown.stack ?? thrown.message) + why;
}
