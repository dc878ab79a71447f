/**
 * A reporter of `node:test`: one JSON line for each test that ended.
 *
 * It writes to a file of its own, since a test may write what it likes to the
 * standard output, and whatever is mixed there is lost to the count.
 */
import type { TestEvent } from 'node:test/reporters';

export interface TestLine {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Why it failed, with its stack; or why it was skipped. */
  readonly why: string;
}

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    const line = toLine(event);
    if (line !== undefined) yield `${JSON.stringify(line)}\n`;
  }
}

function toLine({ type, data }: TestEvent): TestLine | undefined {
  if (type === 'test:fail') {
    const { error } = data.details;
    // A suite fails with its tests; only what failed by itself is counted and shown.
    if (data.details.type === 'suite' && isEcho(error)) return undefined;
    return { name: data.name, outcome: 'failed', why: describe(error) };
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
  const cause = error.cause instanceof Error ? error.cause : error;
  return cause.stack ?? cause.message;
}
