/** Frames of the server keep the sizes that docs/protocol.md names, whatever members have written. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LIMITS, type ServerFrameType } from '@parley/protocol';
import { TestServer } from '../../support/running-server.ts';
import type { TestSocket } from '../../support/test-socket.ts';
import { until } from '../../support/wait.ts';

const MIB = 1024 * 1024;
const ROOMS = 9;
/** More than a page has of the shortest, and the rooms together more than a reply. */
const MESSAGES = 24;
const LENGTH = 10_000;

const TEXTS: Readonly<Record<string, string>> = {
  'control characters': `a${'\u0001'.repeat(LENGTH - 1)}`,
  quotes: '"'.repeat(LENGTH),
  'four bytes each': '𝒶'.repeat(LENGTH / 2),
};

describe('the largest frames', () => {
  let server: TestServer;
  let alice: TestSocket;
  const rooms: { roomId: string; ids: string[] }[] = [];
  before(async () => {
    server = await TestServer.start({ MESSAGE_RATE_MAX: '0', NATIVE_CONTENT_LENGTH_MAX: '10000' });
    alice = await server.connect('alice');
    for (let room = 0; room < ROOMS; room += 1) {
      const { roomId } = await alice.joinRoom({ roomName: `room-${room}` });
      const texts = Object.values(TEXTS);
      const ids: string[] = [];
      for (let n = 0; n < MESSAGES; n += 1) {
        const clientMessageId = `${n}`.padStart(LIMITS.clientMessageIdLengthMax, '"');
        const content = texts[(room + n) % (room === 0 ? 1 : texts.length)];
        const parent = n > 1 ? { parentMessageId: ids[0] } : {};
        const message = { roomId, clientMessageId, content, ...parent };
        ids.push((await alice.sendMessage(message)).id);
      }
      rooms.push({ roomId, ids });
    }
    const [{ roomId, ids }] = rooms as [(typeof rooms)[0]];
    for (const messageId of ids) {
      await alice.ask('pin_message', { roomId, messageId });
      await alice.ask('save_message', { roomId, messageId }, 'message_saved');
    }
    for (const each of rooms) {
      await alice.ask('follow_thread', { roomId: each.roomId, messageId: each.ids[0] });
    }
    const search = { q: 'a', limit: 1 };
    const isIndexed = async () =>
      (await alice.ask('search_messages', search, 'search_results')).incomplete !== true;
    await until(isIndexed, 'the index');
  });
  after(async () => {
    alice.terminate();
    await server.close();
  });

  const bytesOf = (frame: unknown) => Buffer.byteLength(JSON.stringify(frame));
  const PAGES: readonly [
    type: string,
    payload: (room: { roomId: string; ids: string[] }) => object,
    answer: ServerFrameType,
  ][] = [
    ['get_history', ({ roomId }) => ({ roomId, limit: 200 }), 'history'],
    ['get_history', ({ roomId }) => ({ roomId, around: 12, limit: 200 }), 'history'],
    ['get_thread', ({ roomId, ids }) => ({ roomId, messageId: ids[0], limit: 200 }), 'thread'],
    ['get_pins', () => ({ roomId: rooms[0]?.roomId, limit: 200 }), 'pins'],
    ['get_saved_messages', () => ({ limit: 100 }), 'saved_messages'],
    ['list_threads', () => ({ limit: 50 }), 'thread_list'],
    ['search_messages', () => ({ q: 'a', sort: 'newest', limit: 50 }), 'search_results'],
    ['search_messages', () => ({ q: 'a', limit: 50 }), 'search_results'],
  ];
  for (const [type, payload, answer] of PAGES) {
    test(`${type} has at most 1 MiB: ${answer}`, async () => {
      for (const room of rooms.slice(0, 3)) {
        const frame = await alice.ask(type, payload(room), answer);
        assert(bytesOf(frame) <= MIB - 100, `${bytesOf(frame)}`);
        assert(bytesOf(frame) > MIB / 3, `${bytesOf(frame)}`);
      }
    });
  }

  test('room_joined has at most 1 MiB, and resumed at most 4 MiB', async () => {
    const again = await server.connect('alice');
    for (const { roomId } of rooms.slice(0, 3)) {
      const joined = await again.joinRoom({ roomId });
      assert(bytesOf(joined) <= MIB - 100, `${bytesOf(joined)}`);
    }
    again.terminate();
    const back = await server.connect('alice');

    const request = { rooms: rooms.map(({ roomId }) => ({ roomId })) };
    const resumed = await back.ask('resume', request, 'resumed');

    assert(bytesOf(resumed) <= 4 * MIB - 100, `${bytesOf(resumed)}`);
    assert(bytesOf(resumed) > 2 * MIB, `${bytesOf(resumed)}`);
    back.terminate();
  });
});
