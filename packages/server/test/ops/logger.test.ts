import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { UserId } from '@parley/protocol';
import { createLogger, type LogLevel } from '../../src/ops/logger.ts';
import type { LogRecord } from '../../src/ports/logger.ts';

function linesOf(level: LogLevel, ...entries: LogRecord[]): Record<string, unknown>[] {
  const lines: string[] = [];
  const logger = createLogger(level, { destination: { write: (line) => lines.push(line) } });
  for (const entry of entries) logger.record(entry);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const STARTED: LogRecord = {
  event: 'session.started',
  userId: 'u1' as UserId,
  address: '192.0.2.1',
};

describe('the logger', () => {
  test('writes one JSON line with time, level, event and fields', () => {
    const [line] = linesOf('info', STARTED);

    assert.equal(typeof line?.['timeMs'], 'number');
    assert.deepEqual(
      { ...line, timeMs: 0 },
      { timeMs: 0, level: 'info', event: 'session.started', userId: 'u1', address: '192.0.2.1' },
    );
  });

  test('omits entries below its level', () => {
    assert.deepEqual(linesOf('warn', STARTED), []);
    assert.deepEqual(linesOf('silent', { event: 'store.failed', error: new Error('x') }), []);
  });

  test('writes an error with its stack and its cause', () => {
    const error = new Error('outer', { cause: new Error('inner') });

    const [line] = linesOf('error', { event: 'command.failed', error });

    const described = line?.['error'] as {
      message: string;
      stack: string;
      cause: { message: string };
    };
    assert.equal(described.message, 'outer');
    assert.match(described.stack, /logger\.test/);
    assert.equal(described.cause.message, 'inner');
  });
});
