import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkServerOptions } from '../../../src/node/options/check-server-options.ts';
import { OPTION_DEFAULTS } from '../../../src/node/options/server-options.ts';
import { tickMs } from '../../../src/node/options/time-limits.ts';

test('without options the defaults apply', () => {
  const options = checkServerOptions({});

  assert.equal(options.maxConnections, 1_000_000);
  assert.equal(options.heartbeatInterval, 30_000);
  assert.equal(options.slowConsumerPolicy, 'close');
});

test('options and defaults are frozen', () => {
  assert(Object.isFrozen(checkServerOptions({})));
  assert(Object.isFrozen(OPTION_DEFAULTS));
});

test('an option that is undefined keeps its default, and 0 is a value', () => {
  // Values that plain JavaScript may pass.
  const given = { maxConnections: undefined, discardLimit: 0 } as { discardLimit: number };

  const options = checkServerOptions(given);

  assert.equal(options.maxConnections, 1_000_000);
  assert.equal(options.discardLimit, 0);
});

test('a frame may be as large as a message by default', () => {
  assert.equal(checkServerOptions({ maxMessageSize: 5_000_000 }).maxFrameSize, 5_000_000);
  assert.equal(checkServerOptions({ maxFrameSize: 500 }).maxFrameSize, 500);
});

test('silence means death one second after all missed pongs by default', () => {
  assert.equal(checkServerOptions({}).maxIdleTime, 51_000);
  assert.equal(
    checkServerOptions({ heartbeatInterval: 25_000, maxMissedPongs: 3 }).maxIdleTime,
    56_000,
  );
});

test('a number below, above or outside its range is rejected with name, value and range', () => {
  assert.throws(() => checkServerOptions({ maxConnections: 0 }), {
    code: 'INVALID_ARGUMENT',
    message: 'option maxConnections is 0; allowed: a whole number from 1 to 10000000',
  });
  for (const port of [-1, 65_536, 80.5, Number.NaN]) {
    assert.throws(() => checkServerOptions({ port }), { code: 'INVALID_ARGUMENT' }, String(port));
  }
  assert.equal(checkServerOptions({ port: 65_535 }).port, 65_535);
});

test('a string in place of a number is rejected', () => {
  // Values that plain JavaScript may pass.
  const given = { closeTimeout: '5000' } as object;

  assert.throws(() => checkServerOptions(given), /option closeTimeout is '5000'/);
});

test('an unknown option is rejected', () => {
  // Values that plain JavaScript may pass.
  const given = { maxConection: 5 } as object;

  assert.throws(() => checkServerOptions(given), /option maxConection/);
});

test('limits that contradict each other are rejected', () => {
  assert.throws(
    () => checkServerOptions({ heartbeatTimeout: 30_000 }),
    /heartbeatTimeout is 30000; allowed: less than heartbeatInterval, 30000/,
  );
  assert.throws(() => checkServerOptions({ maxIdleTime: 29_999 }), /maxIdleTime/);
  assert.throws(() => checkServerOptions({ maxFrameSize: 2_000_000 }), /maxFrameSize/);
  assert.throws(() => checkServerOptions({ closeTimeout: 10_000 }), /shutdownTimeout/);
});

test('a timeout longer than the interval is accepted while the heartbeat is off', () => {
  const options = checkServerOptions({ heartbeatTimeout: 30_000, enableHeartbeat: false });

  assert.equal(options.heartbeatTimeout, 30_000);
});

test('policies, lists and hooks are checked', () => {
  const wrong: object[] = [
    { slowConsumerPolicy: 'wait' },
    { enableHeartbeat: 1 },
    { paths: '/' },
    { allowedOrigins: [1] },
    { authorize: true },
    { handleRequest: {} },
  ];

  for (const given of wrong)
    assert.throws(() => checkServerOptions(given), { code: 'INVALID_ARGUMENT' });
});

test('options that could never work are rejected by name', () => {
  const wrong: readonly (readonly [name: string, value: unknown])[] = [
    ['clock', {}],
    ['clock', null],
    ['clock', { now: () => 0, setTimeout: () => {} }],
    ['host', 5],
    ['trace', 5],
    ['trace', null],
    ['trace.bogus', { bogus() {} }],
    ['trace.message', { message: 1 }],
    ['protocols', ['a b']],
    ['protocols', ['a', 'a']],
    ['protocols', 'a'],
    ['paths', []],
    ['paths', ['x']],
    ['paths', ['/x?y']],
    ['allowedOrigins', 'https://a'],
    ['allowedOrigins', ['*']],
    ['allowedOrigins', ['http://a/']],
    ['allowedOrigins', ['https://A']],
    ['allowedOrigins', ['https://a:443']],
    ['allowedOrigins', ['a.example']],
  ];

  for (const [name, value] of wrong) {
    const [option = ''] = name.split('.');
    const rejected = { code: 'INVALID_ARGUMENT', message: new RegExp(`^option ${name} is `) };
    assert.throws(() => checkServerOptions({ [option]: value }), rejected, JSON.stringify(value));
  }
});

test('origins and paths are accepted in the form that requests have', () => {
  const allowedOrigins = [
    'https://a.example',
    'http://localhost:3000',
    'https://[::1]:8443',
    'null',
    'chrome-extension://abc',
    'capacitor://localhost',
  ];
  const paths = ['/', '/chat', '/%C3%A9'];

  const options = checkServerOptions({ allowedOrigins, paths });

  assert.deepEqual([options.allowedOrigins, options.paths], [allowedOrigins, paths]);
});

test('compression is off, or on with its defaults, unless options are given', () => {
  assert.equal(checkServerOptions({}).perMessageDeflate, false);
  assert.deepEqual(checkServerOptions({ perMessageDeflate: true }).perMessageDeflate, {
    serverMaxWindowBits: 15,
    clientMaxWindowBits: 15,
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
    threshold: 1_024,
    level: 3,
    memLevel: 8,
    concurrencyLimit: 3,
  });
  const { perMessageDeflate } = checkServerOptions({
    perMessageDeflate: { threshold: 0, level: 1 },
  });
  assert(typeof perMessageDeflate === 'object' && Object.isFrozen(perMessageDeflate));
  assert.deepEqual([perMessageDeflate.threshold, perMessageDeflate.level], [0, 1]);
  assert.equal(perMessageDeflate.memLevel, 8);
});

test('an invalid compression option is rejected with name, value and range', () => {
  assert.throws(() => checkServerOptions({ perMessageDeflate: { serverMaxWindowBits: 8 } }), {
    code: 'INVALID_ARGUMENT',
    message:
      'option perMessageDeflate.serverMaxWindowBits is 8; allowed: a whole number from 9 to 15',
  });
  const wrong: object[] = [
    { perMessageDeflate: 1 },
    { perMessageDeflate: null },
    { perMessageDeflate: { clientMaxWindowBits: 16 } },
    { perMessageDeflate: { threshold: -1 } },
    { perMessageDeflate: { level: 0 } },
    { perMessageDeflate: { memLevel: 10 } },
    { perMessageDeflate: { concurrencyLimit: 0 } },
    { perMessageDeflate: { serverNoContextTakeover: 'yes' } },
    { perMessageDeflate: { windowBits: 10 } },
  ];

  for (const given of wrong) {
    assert.throws(
      () => checkServerOptions(given),
      { code: 'INVALID_ARGUMENT' },
      JSON.stringify(given),
    );
  }
});

test('ticks come each second, or four times within the shortest limit, or as pressureInterval', () => {
  assert.equal(tickMs(checkServerOptions({})), 1_000);
  assert.equal(tickMs(checkServerOptions({ heartbeatTimeout: 1_000 })), 250);
  assert.equal(tickMs(checkServerOptions({ writeTimeout: 1 })), 5);
  assert.equal(tickMs(checkServerOptions({ pressureInterval: 300 })), 300);
  assert.equal(tickMs(checkServerOptions({ pressureInterval: 0 })), 1_000);
});

test('an error shows any value', () => {
  const given = { closeTimeout: Object.create(null) as number };
  assert.throws(
    () => checkServerOptions(given),
    /option closeTimeout is \[Object: null prototype\]/,
  );
});

test('a list that the application changes later stays as it was checked', () => {
  const allowedOrigins = ['https://chat.example'];
  const options = checkServerOptions({ allowedOrigins });

  allowedOrigins.push('https://other.example');

  assert.deepEqual(options.allowedOrigins, ['https://chat.example']);
});
