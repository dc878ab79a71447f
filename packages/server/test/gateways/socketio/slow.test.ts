/** Clients that do not read: their output is bounded, replayed by position, and ends after a timeout. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { TestServer } from '../../support/running-server.ts';
import { SocketIoClient, tokenOf } from '../../support/socketio-client.ts';
import { until } from '../../support/wait.ts';

const HARD_BUFFER_BYTES = 64 * 1024;
const TEXT = 'x'.repeat(2000);
/** Many times the maximum buffer of one socket. */
const MESSAGES = 400;

/** A client that polls only on demand (Engine.IO 4, Socket.IO 5). */
class Poller {
  readonly #url: string;
  readonly packets: string[] = [];

  static async connect(server: TestServer, token: string): Promise<Poller> {
    const base = `${server.url}/socket.io/?EIO=4&transport=polling`;
    const text = await (await fetch(base)).text();
    const { sid } = JSON.parse(text.slice(1)) as { sid: string };
    const poller = new Poller(`${base}&sid=${sid}`);
    await poller.post(`40${JSON.stringify({ token })}`);
    await poller.poll();
    return poller;
  }

  private constructor(url: string) {
    this.#url = url;
  }

  async post(packet: string): Promise<number> {
    const headers = { 'content-type': 'text/plain;charset=UTF-8' };
    return (await fetch(this.#url, { method: 'POST', headers, body: packet })).status;
  }

  /** Reads waiting packets; returns their size in bytes. */
  async poll(): Promise<number> {
    const answer = await fetch(this.#url);
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`poll: ${answer.status}`);
    for (const packet of text.split('\x1e')) {
      if (packet === '2') await this.post('3');
      else this.packets.push(packet);
    }
    return text.length;
  }

  get sequences(): number[] {
    return sequencesOf(this.packets);
  }
}

/** A client over a WebSocket that can stop reading, and records what it receives. */
class Reader {
  readonly packets: string[] = [];
  readonly #socket: WebSocket;

  static async connect(server: TestServer, token: string): Promise<Reader> {
    const url = `ws://${server.host}/socket.io/?EIO=4&transport=websocket`;
    const reader = new Reader(new WebSocket(url));
    await until(() => reader.packets.length === 1, 'the handshake');
    reader.send(`40${JSON.stringify({ token })}`);
    await until(() => reader.packets.length === 2, 'the connection');
    return reader;
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      const packet = data.toString();
      if (packet === '2') socket.send('3');
      else this.packets.push(packet);
    });
  }

  send(packet: string): void {
    this.#socket.send(packet);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  get sequences(): number[] {
    return sequencesOf(this.packets);
  }
}

function sequencesOf(packets: readonly string[]): number[] {
  return packets
    .filter((packet) => packet.startsWith('42["message:new"'))
    .map((packet) => (JSON.parse(packet.slice(2)) as [string, { sequence: number }])[1].sequence);
}

describe('slow Socket.IO clients', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start({
      MESSAGE_RATE_MAX: '0',
      HARD_BUFFER_BYTES: String(HARD_BUFFER_BYTES),
      SOFT_BUFFER_BYTES: '32768',
    });
  });
  after(() => server.close());

  const flood = async (sender: SocketIoClient, roomId: string) => {
    await Promise.all(Array.from({ length: MESSAGES }, () => sender.sendMessage(roomId, TEXT)));
  };
  const meet = async (room: string) => {
    const alice = await SocketIoClient.connect(server, 'alice');
    const { roomId } = (await alice.joinRoom(room)) as unknown as {
      roomId: string;
    };
    const bob = await Poller.connect(server, await tokenOf(await server.signUp('bob')));
    await bob.post(`42${JSON.stringify(['room:join', { roomId }])}`);
    await alice.next('room:user_joined');
    await bob.poll();
    return { alice, bob, roomId };
  };

  test('that pause receive everything that they missed by position, in order, once', async () => {
    const { alice, bob, roomId } = await meet('pause');

    await flood(alice, roomId);
    const first = await bob.poll();
    while (bob.sequences.length < MESSAGES) await bob.poll();

    // The output queued for the client stays bounded.
    assert.ok(first < HARD_BUFFER_BYTES + 10_000, `${first} bytes`);
    assert.deepEqual(
      bob.sequences,
      Array.from({ length: MESSAGES }, (_, index) => index + 1),
    );
    alice.close();
  });

  test('that stop polling are disconnected after ten seconds, and disturb no other client', async () => {
    const { alice, roomId } = await meet('stop');

    await flood(alice, roomId);
    await until(() => alice.all('room:user_left').length === 1, 'the end of bob');

    assert.equal(alice.texts.length, MESSAGES);
    alice.close();
  });

  test('over a WebSocket that pause receive everything, in order, once', async () => {
    const alice = await SocketIoClient.connect(server, 'alice');
    const { roomId } = (await alice.joinRoom('ws')) as unknown as {
      roomId: string;
    };
    const carol = await Reader.connect(server, await tokenOf(await server.signUp('carol')));
    carol.send(`42${JSON.stringify(['room:join', { roomId }])}`);
    await alice.next('room:user_joined');
    // More than a hundred times the maximum buffer of one socket.
    const content = '字'.repeat(10_000);

    carol.pause();
    for (let round = 0; round < MESSAGES / 50; round += 1) {
      await Promise.all(Array.from({ length: 50 }, () => alice.sendMessage(roomId, content)));
    }
    carol.resume();
    await until(() => carol.sequences.length >= MESSAGES, 'all of it');

    assert.deepEqual(
      carol.sequences,
      Array.from({ length: MESSAGES }, (_, index) => index + 1),
    );
    alice.close();
  });
});
