import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { BoundedLogger } from '../../src/ops/bounded-logger.ts';
import type { LogRecord } from '../../src/ports/logger.ts';
import { FakeClock } from '../support/fake-clock.ts';

const rejection = (address = '192.0.2.1', reason = 'UNAUTHENTICATED'): LogRecord => ({
  event: 'connection.refused',
  address,
  status: 401,
  reason,
});

describe('BoundedLogger', () => {
  let clock: FakeClock;
  let entries: LogRecord[];
  let logger: BoundedLogger;
  beforeEach(() => {
    clock = new FakeClock();
    entries = [];
    logger = new BoundedLogger({ record: (entry) => entries.push(entry) }, clock);
  });
  const recordMany = (count: number, entry = rejection()) => {
    for (let times = 0; times < count; times += 1) logger.record(entry);
  };

  test('writes a repeated cause once per interval, with the number of omitted entries', () => {
    recordMany(349_332);
    assert.deepEqual(entries, [rejection()]);

    clock.advance(10_000);
    assert.deepEqual(entries.slice(1), [{ ...rejection(), suppressed: 349_331 }]);
    recordMany(2);
    clock.advance(10_000);
    assert.deepEqual(entries.slice(2), [{ ...rejection(), suppressed: 2 }]);

    clock.advance(10_000);
    assert.equal(entries.length, 3);
    assert.equal(clock.timerCount, 0);
    recordMany(1);
    assert.deepEqual(entries.slice(3), [rejection()]);
  });

  test('writes what concerns a limit or a setting once, whatever the address', () => {
    const full = { event: 'sockets.full', address: '192.0.2.1', socketsMax: 9 } as const;
    const host = { event: 'host.refused', address: '192.0.2.1', host: 'a.example' } as const;

    for (const first of [full, host]) {
      recordMany(1, first);
      recordMany(4, { ...first, address: '192.0.2.2' });
    }
    assert.deepEqual(entries, [full, host]);

    clock.advance(10_000);
    assert.deepEqual(
      entries.slice(2),
      [full, host].map((entry) => ({ ...entry, address: '192.0.2.2', suppressed: 4 })),
    );
  });

  test('distinguishes causes by event, reason, address and error', () => {
    const failure = (message: string): LogRecord => ({
      event: 'command.failed',
      error: new Error(message),
    });
    const login = (username: string) =>
      ({
        event: 'login.refused',
        address: '192.0.2.1',
        username,
        reason: 'wrong-password',
      }) as const;
    const all = [
      rejection(),
      rejection('192.0.2.2'),
      rejection('192.0.2.1', 'FORBIDDEN'),
      login('alice'),
      login('bob'),
      { ...login('bob'), reason: 'unknown-account' } as const,
      failure('one'),
      failure('two'),
    ];

    for (const entry of [...all, ...all]) logger.record(entry);

    assert.deepEqual(entries, all);
  });

  test('writes failures of the store and the bus once for each cause', () => {
    const failure = (event: 'store.failed' | 'bus.failed', reason: string) => {
      const error = new Error('The commit has failed', { cause: new Error(reason) });
      return { event, error } as const;
    };
    const all = [
      failure('store.failed', 'connect ECONNREFUSED'),
      failure('store.failed', 'database or disk is full'),
      failure('bus.failed', 'database or disk is full'),
    ];

    for (const entry of [...all, ...all, ...all]) logger.record(entry);
    assert.deepEqual(entries, all);

    clock.advance(10_000);
    assert.deepEqual(
      entries.slice(3),
      all.map((entry) => ({ ...entry, suppressed: 2 })),
    );
  });

  test('writes an error that is its own cause', () => {
    const error = new Error('The commit has failed');
    error.cause = error;

    logger.record({ event: 'store.failed', error });

    assert.deepEqual(entries, [{ event: 'store.failed', error }]);
  });

  test('stores a bounded number of causes, however many addresses there are', () => {
    for (let n = 0; n < 5000; n += 1) logger.record(rejection(`2001:db8::${n.toString(16)}`));

    assert.equal(entries.length, 1001);
    assert.equal(clock.timerCount, 1001);
  });

  test('passes all other entries on unchanged', () => {
    const entry: LogRecord = { event: 'store.down' };

    recordMany(3, entry);

    assert.deepEqual(entries, [entry, entry, entry]);
  });

  test('writes the number of omitted entries when it closes', () => {
    recordMany(3);

    logger.close();

    assert.deepEqual(entries.slice(1), [{ ...rejection(), suppressed: 2 }]);
    assert.equal(clock.timerCount, 0);
  });

  test('never throws', () => {
    const failing = new BoundedLogger(
      {
        record: () => {
          throw new Error('the disk is full');
        },
      },
      clock,
    );

    failing.record(rejection());
    failing.record(rejection());
    failing.record({ event: 'store.down' });
    clock.advance(10_000);
    failing.record(rejection());
    failing.close();
  });
});
