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
  username: 'alice',
  address: '192.0.2.1',
};

describe('the logger', () => {
  test('writes one JSON line with time, level, event and fields', () => {
    const [line] = linesOf('info', STARTED);

    const { time, timeMs, ...fields } = line ?? {};
    assert.equal(new Date(Number(timeMs)).toISOString(), time);
    assert.deepEqual(fields, { level: 'info', ...STARTED });
  });

  test('names the node and the worker process in each line', () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => lines.push(line) };
    createLogger('info', { destination, node: 'chat-1:8080', worker: 2 }).record(STARTED);

    const { node, worker } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    assert.deepEqual({ node, worker }, { node: 'chat-1:8080', worker: 2 });
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
