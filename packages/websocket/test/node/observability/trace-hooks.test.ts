/** The tracing hooks, on real connections. */
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';
import { binary, close, text } from '../../support/bytes.ts';
import { echo, startServer } from '../../support/test-server.ts';
import { until } from '../../support/wait.ts';

test('a connection is traced from its request to its end', async (t) => {
  const spans: unknown[] = [];
  const { connect, connections, closes } = await startServer(t, {
    trace: {
      connection({ id }, { headers }) {
        spans.push(['start', id, headers['traceparent']]);
        return ({ code, wasClean }) => spans.push(['end', id, code, wasClean]);
      },
    },
  });
  const peer = connect();
  await peer.upgrade({ Traceparent: '00-1-2-01' });
  await until(() => connections.length === 1);

  peer.send(close(1000));
  peer.socket.end();
  await until(() => closes.length === 1);

  const id = connections[0]?.id;
  assert.deepEqual(spans, [
    ['start', id, '00-1-2-01'],
    ['end', id, 1000, true],
  ]);
});

test('a message is traced around its listeners', async (t) => {
  const steps: unknown[] = [];
  const { server, open } = await startServer(t, {
    trace: {
      message(_connection, { isBinary, byteCount }) {
        steps.push(['start', isBinary, byteCount]);
        return (failure) => steps.push(['end', failure]);
      },
    },
  });
  server.on('connection', (connection) => {
    connection.on('message', (data) => steps.push(data.toString()));
  });
  const { peer } = await open();

  peer.send(Buffer.concat([text('hi'), binary('ops')]));
  await until(() => steps.length === 6);

  assert.deepEqual(steps, [
    ['start', false, 2],
    'hi',
    ['end', undefined],
    ['start', true, 3],
    'ops',
    ['end', undefined],
  ]);
});

test('a span receives the error that a listener threw', async (t) => {
  const failures: unknown[] = [];
  const { server, open } = await startServer(t, {
    trace: { message: () => (failure) => failures.push(String(failure)) },
  });
  server.on('connection', (connection) => {
    connection.on('message', () => assert.fail('a fault of the application'));
  });
  const { peer } = await open();

  peer.send(text('hi'));

  assert.equal(await peer.nextCloseCode(), 1011);
  assert.deepEqual(failures, ['AssertionError [ERR_ASSERTION]: a fault of the application']);
});

test('a context that a hook enters is active in the listeners', async (t) => {
  const context = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  const { server, open } = await startServer(t, {
    trace: {
      message({ id }) {
        context.enterWith(id);
        return undefined;
      },
    },
  });
  server.on('connection', (connection) => {
    connection.on('message', () => seen.push(context.getStore()));
  });
  const { peer, connection } = await open();

  peer.send(text('hi'));
  await until(() => seen.length === 1);

  assert.deepEqual(seen, [connection.id]);
});

test('hooks that throw are reported as errors, and affect nothing else', async (t) => {
  const fail = () => assert.fail('a fault of the hooks');
  const { server, open, errors, closes } = await startServer(t, {
    trace: { connection: () => fail, message: () => fail },
  });
  const other = await startServer(t, { trace: { connection: fail, message: fail } });
  for (const each of [server, other.server]) each.on('connection', echo);
  const alice = await open();
  const bob = await other.open();

  for (const { peer } of [alice, bob]) {
    peer.send(text('hi'));
    assert.equal(await peer.nextText(), 'hi');
  }
  alice.peer.destroy();
  await until(() => closes.length === 1);

  assert.equal(errors.length, 2, 'the ends of a message and of a connection');
  assert.equal(other.errors.length, 2, 'the beginnings of a connection and of a message');
  assert.equal(bob.connection.state, 'OPEN');
});

test('hooks must be functions', async (t) => {
  await assert.rejects(startServer(t, { trace: { message: 'log' as never } }), /trace\.message/);
});

test('a sent message is traced until the system has accepted it', async (t) => {
  const steps: unknown[] = [];
  const { server, open } = await startServer(t, {
    trace: {
      sent({ id }, { isBinary, byteCount }) {
        steps.push(['start', id, isBinary, byteCount]);
        return (failure) => steps.push(['end', failure]);
      },
    },
  });
  const { peer, connection } = await open();

  connection.sendText('é', () => steps.push('done'));
  await until(() => steps.length === 3);
  connection.sendBinary(Buffer.alloc(300));
  await until(() => steps.length === 5);
  server.broadcast('to all');
  await until(() => steps.length === 7);
  connection.sendFragment('a');
  connection.sendFragment('bc', { isFinal: true });
  await until(() => steps.length === 11);

  const { id } = connection;
  const end = ['end', undefined];
  assert.deepEqual(steps, [
    ...[['start', id, false, 2], end, 'done'],
    ...[['start', id, true, 300], end],
    ...[['start', id, false, 6], end],
    ...[['start', id, false, 1], ['start', id, false, 2], end, end],
  ]);
  assert.equal(await peer.nextText(), 'é');
});

test('a span receives the error of a message that was not sent', async (t) => {
  const failures: unknown[] = [];
  const { open } = await startServer(t, {
    trace: { sent: () => (failure) => failures.push(String(failure)) },
  });
  const { connection } = await open();

  assert.throws(() => connection.sendText(7 as never), { code: 'INVALID_ARGUMENT' });
  connection.close();
  assert.equal(connection.sendText('too late'), false);
  await until(() => failures.length === 2);

  assert.match(String(failures[0]), /a string or a Uint8Array/);
  assert.match(String(failures[1]), /state CLOSING/);
});

test('a callback that is no function is refused when it is given, also if sent messages are traced', async (t) => {
  const failures: unknown[] = [];
  const { open, errors } = await startServer(t, {
    trace: { sent: () => (failure) => failures.push(String(failure)) },
  });
  const { peer, connection } = await open();

  assert.throws(() => connection.sendText('x', { done: 7 as never }), { code: 'INVALID_ARGUMENT' });
  connection.sendText('y');

  assert.equal(await peer.nextText(), 'y');
  assert.match(String(failures[0]), /a callback must be a function/);
  assert.equal(connection.state, 'OPEN');
  assert.deepEqual(errors, []);
});

test('a sent hook that throws affects no message', async (t) => {
  const fail = () => assert.fail('a fault of the hooks');
  const first = await startServer(t, { trace: { sent: fail } });
  const last = await startServer(t, { trace: { sent: () => fail } });

  for (const on of [first, last]) {
    const { peer, connection } = await on.open();
    connection.sendText('hi');
    assert.equal(await peer.nextText(), 'hi');
    await until(() => on.errors.length === 1);
    assert.equal(connection.state, 'OPEN');
  }
});

test('hooks and their ends that return promises are reported as errors, and affect nothing else', async (t) => {
  const reject = async () => assert.fail('a fault of the hooks');
  const starts = { connection: reject, message: reject, sent: reject } as never;
  const ends = { connection: () => reject, message: () => reject, sent: () => reject };
  for (const [trace, fault] of [
    [starts, /must not return a promise/],
    [ends, /a fault of the hooks/],
  ] as const) {
    const { server, open, errors, closes } = await startServer(t, { trace });
    server.on('connection', echo);
    const { peer, connection } = await open();

    peer.send(text('hi'));

    assert.equal(await peer.nextText(), 'hi');
    assert.equal(connection.state, 'OPEN');
    peer.destroy();
    await until(() => closes.length === 1 && errors.length === 3);
    for (const { error } of errors) assert.match(String(error), fault);
  }
});
