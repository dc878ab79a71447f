/**
 * Attacks on the memory of a server from many connections of users who do not read what they ask
 * for, or send more than they may. A real server as a child process: its resident memory is the
 * measure.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { Account } from '../../packages/server/test/support/account.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import type { TestSocket } from '../../packages/server/test/support/test-socket.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { ParleyProcess } from '../support/parley-process.ts';
import { repetitions } from '../support/repetitions.ts';

/** Together they ask for more than a gigabyte, and post more than 600 MiB. */
const CONNECTIONS = repetitions(60, 100);
/** Their messages fill the heap, without a bound. */
const WRITERS = 100;
const BUDGET_BYTES = 64 * 1024 * 1024;
/**
 * Resident memory of the server: an idle one has some 230 MiB, and data that is decoded or encoded
 * takes several times its bytes for a moment.
 */
const RESIDENT_BYTES_MAX = 768 * 1024 * 1024;
/** Otherwise Node lets garbage grow to several times this size before it collects it. */
const HEAP_MEBIBYTES = 320;
/** As many code points as a message may have, each of four bytes. */
const LONG_TEXT = '😀'.repeat(10_000);
const ROOMS = 16;
/** More than a page of the log takes in bytes. */
const MESSAGES = 30;

const SETTINGS = {
  MEMORY_BUDGET_BYTES: String(BUDGET_BYTES),
  MESSAGE_RATE_MAX: '0',
  USER_MESSAGE_RATE_MAX: '0',
  USER_CHANGE_RATE_MAX: '0',
  USER_CREATION_RATE_MAX: '0',
  CONNECTIONS_PER_MINUTE_PER_ADDRESS: '100000',
  MAX_CONNECTIONS_PER_ADDRESS: '10000',
  NATIVE_CONTENT_LENGTH_MAX: '10000',
};

const isSupported = process.platform === 'linux';

describe('the memory of a server', {
  skip: !isSupported && 'needs /proc',
}, () => {
  let server: ParleyProcess;
  let mallory: Account;
  let sockets: WebSocket[] = [];

  beforeEach(async () => {
    const directory = temporaryDirectory();
    const settings = { PORT: '0', DATA_DIR: directory, ...SETTINGS };
    const nodeOptions = [`--max-old-space-size=${HEAP_MEBIBYTES}`];
    server = await ParleyProcess.start(settings, { nodeOptions });
    mallory = await Account.signUp(server.url, 'mallory');
  });
  afterEach(async () => {
    for (const socket of sockets) socket.terminate();
    sockets = [];
    await server.kill();
  });

  const dial = async (path: string): Promise<WebSocket> => {
    const headers = { authorization: `Bearer ${mallory.token}` };
    const socket = new WebSocket(server.url.replace('http', 'ws') + path, { headers });
    sockets.push(socket);
    const greeted = Promise.withResolvers<void>();
    socket.once('message', () => greeted.resolve());
    socket.once('error', greeted.reject);
    await greeted.promise;
    return socket;
  };

  /** Connections that read nothing after their greeting. */
  const dialDeaf = async (path: string): Promise<WebSocket[]> => {
    const deaf: WebSocket[] = [];
    for (let count = 0; count < CONNECTIONS; count += 1) {
      const socket = await dial(path);
      socket.pause();
      deaf.push(socket);
    }
    return deaf;
  };

  /** Rooms whose log has more bytes than one page, and another user in the first of them. */
  const fillRooms = async (): Promise<{ readonly honest: TestSocket; readonly ids: string[] }> => {
    const writer = await mallory.connect();
    const ids: string[] = [];
    for (let room = 0; room < ROOMS; room += 1) {
      const roomName = `room-${room}`;
      const { roomId } = await writer.ask('join_room', { roomName }, 'room_joined');
      ids.push(roomId);
      const sends = Array.from({ length: MESSAGES }, () =>
        writer.ask('chat_message', { roomId, content: LONG_TEXT }, 'message_ack'),
      );
      await Promise.all(sends);
    }
    const alice = await Account.signUp(server.url, 'alice');
    const honest = await alice.connect();
    await honest.ask('join_room', { roomName: 'room-0' }, 'room_joined');
    return { honest, ids };
  };

  /** The most that the server ever had in memory. */
  const assertBounded = (): void => {
    const [, kibibytes = ''] =
      /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8')) ?? [];
    const peakBytes = Number(kibibytes) * 1024;
    const shown = `${Math.round(peakBytes / 1024 / 1024)} MiB`;
    assert.ok(peakBytes < RESIDENT_BYTES_MAX, `${shown} resident`);
  };

  test('is bounded while clients resume more than they read', async () => {
    const { honest, ids } = await fillRooms();
    const rooms = ids.map((roomId) => ({ roomId, lastSequence: 0 }));

    const deaf = await dialDeaf('/ws');
    for (const socket of deaf) socket.send(JSON.stringify({ type: 'resume', payload: { rooms } }));

    await honest.ask('resume', { rooms: rooms.slice(0, 1) }, 'resumed');
    assertBounded();
  });

  test('is bounded while clients join channels faster than they read', async () => {
    const { honest, ids } = await fillRooms();

    const deaf = await dialDeaf('/ws/chat');
    for (const socket of deaf) {
      for (const channelId of ids) {
        socket.send(JSON.stringify({ type: 'join_channel', channelId, lastSequence: 0 }));
      }
    }

    await honest.ask('get_history', { roomId: ids[0] ?? '', limit: 1 }, 'history');
    assertBounded();
  });

  test('is bounded while clients fill the recent events of many rooms', async () => {
    const writers: TestSocket[] = [];
    for (let count = 0; count < WRITERS; count += 1) writers.push(await mallory.connect());

    for (let count = 0; count < MESSAGES * 3; count += 1) {
      await Promise.all(
        writers.map(async (writer, index) => {
          if (count === 0) await writer.ask('join_room', { roomName: `w-${index}` }, 'room_joined');
          await writer.ask('chat_message', { content: LONG_TEXT }, 'message_ack');
        }),
      );
    }

    assertBounded();
    for (const writer of writers) writer.close();
  });

  test('is bounded while polling clients post commands that cannot run', async () => {
    const { ids } = await fillRooms();
    const base = `${server.url}/socket.io/?EIO=4&transport=polling`;
    const large = `42${JSON.stringify(['message:send', { roomId: ids[0], content: 'x'.repeat(900_000) }])}`;
    const post = async (url: string, body: string): Promise<void> => {
      const headers = { 'content-type': 'text/plain;charset=UTF-8' };
      await (await fetch(url, { method: 'POST', headers, body })).text();
    };
    const attack = async (): Promise<void> => {
      const opened = await (await fetch(base)).text();
      const { sid } = JSON.parse(opened.slice(1)) as { readonly sid: string };
      const url = `${base}&sid=${sid}`;
      await post(url, `40${JSON.stringify({ token: mallory.token })}`);
      await (await fetch(url)).text();
      // The answer waits, because this client does not poll again: no later command starts.
      const page = { roomId: ids[0], limit: 100 };
      await post(url, `42${JSON.stringify(['message:history', page])}`);
      for (let count = 0; count < 12; count += 1) await post(url, large).catch(() => {});
    };

    for (let first = 0; first < CONNECTIONS; first += 20) {
      await Promise.all(Array.from({ length: 20 }, attack));
    }

    await until(async () => (await fetch(`${server.url}/health`)).ok, 'the server');
    assertBounded();
  });
});
