/**
 * A reporter for `node:test`: one JSON line for each finished test.
 *
 * It writes to its own file, since a test may write anything to standard output,
 * which would corrupt the lines.
 */
import { join } from 'node:path';
import type { TestEvent } from 'node:test/reporters';

const GROUP = join(import.meta.dirname, 'group.ts');

export interface TestLine {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** The error with its stack, or the reason for skipping. */
  readonly why: string;
}

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let tests = 0;
  for await (const event of events) {
    const line = toLine(event);
    if (line !== undefined) {
      tests += 1;
      yield `${JSON.stringify(line)}\n`;
    }
    const file = groupedFileOf(event);
    if (file === undefined) continue;
    if (tests === 0) yield `${JSON.stringify(failure(file, 'holds no test'))}\n`;
    tests = 0;
  }
}

/** Name of the file whose suite has ended, if it shares the process with others. */
function groupedFileOf({ type, data }: TestEvent): string | undefined {
  if (type !== 'test:pass' && type !== 'test:fail') return undefined;
  return data.nesting === 0 && data.file === GROUP ? data.name : undefined;
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
