import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { StreamHub } from '../../src/browser/stream-hub.ts';

/** The WebSocket of a page; the test is the server. */
class FakeSocket {
  static readonly OPEN = 1;
  static latest: FakeSocket | undefined;
  readonly sent: string[] = [];
  readonly protocols: readonly string[];
  readyState = 0;
  protocol = '';
  closeCode: number | undefined;
  onopen = (): void => {};
  onmessage = (_event: { data: string }): void => {};
  onclose = (_event: { code: number }): void => {};

  constructor(_url: string, protocols: readonly string[]) {
    this.protocols = protocols;
    FakeSocket.latest = this;
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(code?: number): void {
    this.closeCode = code;
    this.readyState = 2;
  }

  open(protocol = 'parley.v1.streams'): void {
    this.protocol = protocol;
    this.readyState = FakeSocket.OPEN;
    this.onopen();
  }
}

describe('the hub of streams', () => {
  const { WebSocket: original } = globalThis;
  beforeEach(() => {
    FakeSocket.latest = undefined;
    Object.assign(globalThis, { WebSocket: FakeSocket });
  });
  afterEach(() => Object.assign(globalThis, { WebSocket: original }));

  const socketNow = (): FakeSocket => FakeSocket.latest ?? assert.fail('no socket');

  function openHub() {
    let unsupported = 0;
    const hub = new StreamHub('ws://host/ws', () => {
      unsupported += 1;
    });
    const texts: Record<string, string[]> = {};
    const open = (key: string, protocols: string[] = []): void => {
      const received: string[] = [];
      texts[key] = received;
      hub.open(key, (text) => text !== '' && received.push(text), protocols);
    };
    return { hub, open, texts, unsupported: () => unsupported };
  }

  test('numbers the streams, and forwards their texts unread', () => {
    const { hub, open, texts } = openHub();
    open('a');
    open('b');
    const socket = socketNow();
    assert.deepEqual(socket.protocols, ['parley.v1.streams', 'parley']);
    assert.deepEqual(socket.sent, []);

    socket.open();
    open('c');
    hub.send('a', ' {"of":"a"}');
    socket.onmessage({ data: '1 {"to":"a"}' });
    socket.onmessage({ data: '3 3 {"to":"c"}' });
    socket.onmessage({ data: '9 to nobody' });
    socket.onmessage({ data: '2-4001 Session expired' });
    hub.send('b', ' late');

    assert.equal(socketNow(), socket);
    assert.deepEqual(socket.sent, ['2+', '3+', '1 {"of":"a"}']);
    assert.deepEqual(texts, {
      a: ['+', ' {"to":"a"}'],
      b: ['+', '-4001 Session expired'],
      c: ['+', ' 3 {"to":"c"}'],
    });
  });

  test('gives all streams the close code of the socket, and opens the next one with a stream', () => {
    const { open, texts } = openHub();
    open('a');
    open('b');
    socketNow().open();

    socketNow().onclose({ code: 1012 });
    open('c', ['parley', 'parley.token.x']);

    assert.deepEqual(texts['a'], ['+', '-1012']);
    assert.deepEqual(texts['b'], ['+', '-1012']);
    assert.deepEqual(socketNow().protocols, ['parley.v1.streams', 'parley', 'parley.token.x']);
    socketNow().open();
    assert.deepEqual(socketNow().sent, []);
    assert.deepEqual(texts['c'], ['+']);
  });

  test('closes a stream that ended before the socket was open', () => {
    const { hub, open, texts } = openHub();
    open('a');
    open('b');
    hub.send('a', '-1000');

    socketNow().open();

    assert.deepEqual(socketNow().sent, ['1-1000', '2+']);
    assert.deepEqual(texts, { a: [], b: ['+'] });
  });

  test('closes the socket with its last stream', () => {
    const { hub, open } = openHub();
    open('a');
    open('b');
    const socket = socketNow();
    socket.open();
    hub.send('a', '-1000');
    assert.equal(socket.closeCode, undefined);

    hub.send('b', '-1000');

    assert.deepEqual(socket.sent, ['2+', '1-1000', '2-1000']);
    assert.equal(socket.closeCode, 1000);
  });

  test('reports a server without streams, and ignores a socket that it has closed', () => {
    const { hub, open, texts, unsupported } = openHub();
    open('a');
    socketNow().open('parley');
    assert.equal(unsupported(), 1);

    hub.close();
    socketNow().onmessage({ data: '1 {}' });
    socketNow().onclose({ code: 1006 });

    assert.equal(socketNow().closeCode, 4000);
    assert.deepEqual(texts['a'], []);
  });
});
