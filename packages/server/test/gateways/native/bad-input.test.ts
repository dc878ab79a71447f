import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerFrame } from '@parley/protocol';
import { testBadInput } from '../../contracts/bad-input.ts';
import {
  BAD_FRAMES,
  type BadInputDialect,
  FOREIGN_ROOM,
  MALLORY,
  ROOM,
  repeatedIn,
  UNKNOWN,
} from '../../support/bad-commands.ts';
import type { Answer } from '../../support/bad-input-scene.ts';
import { until } from '../../support/wait.ts';

const NATIVE: BadInputDialect = {
  title: '/ws',
  async connect(_server, account) {
    const socket = await account.connect();
    const events = socket.frames;
    let count = 0;
    const take = async (wants: (frame: ServerFrame) => boolean): Promise<Answer> => {
      await until(() => events.some(wants), 'an answer');
      const [answer] = events.splice(events.findIndex(wants), 1);
      // Acknowledgements and errors have these fields.
      return answer?.payload as Answer;
    };
    /** An error about a frame that could not be read. */
    const isUnrelated = ({ type, replyTo }: ServerFrame) =>
      type === 'error' && replyTo === undefined;
    const ask = (type: string, payload: unknown) => {
      count += 1;
      const id = `${count}`;
      socket.send(type, payload, { id });
      return take((frame) => frame.replyTo === id || isUnrelated(frame));
    };
    return {
      events,
      ask,
      askRaw(frame) {
        socket.sendRaw(frame);
        return take(isUnrelated);
      },
      async settled() {
        await ask('ping', {});
      },
      ended: async () => (await socket.closed).code,
      close: () => socket.close(),
    };
  },
  async prepare(_server, { alice }) {
    const socket = await alice.connect();
    const joinByName = async (roomName: string) =>
      (await socket.ask('join_room', { roomName }, 'room_joined')).roomId;
    const rooms = { room: await joinByName('lobby'), foreignRoom: await joinByName('elsewhere') };
    socket.close();
    return rooms;
  },
  open: (client, roomId) => client.ask('join_room', { roomId }),
  message: {
    type: 'chat_message',
    target: 'roomId',
    toBob: ROOM,
    fromMallory: ROOM,
    unknownTarget: 'NOT_IN_ROOM',
    lengthMax: 1000,
    hasAttachments: true,
  },
  positions: [
    ['join_room', { roomId: ROOM }, 'lastSequence'],
    ['get_history', { roomId: ROOM }, 'before'],
    ['get_history', { roomId: ROOM }, 'after'],
    ['get_history', { roomId: ROOM }, 'around'],
    ['mark_read', { roomId: ROOM }, 'sequence'],
  ],
  // A blank type is not repeated.
  contextOf: (type, payload) => ({
    originalType: type?.trim() ? type : null,
    ...repeatedIn(payload, ['roomId', 'roomName']),
  }),
  retryAfter: 10,
  tooComplex: 'The JSON text has more than 2000 values',
  closeCode: 1009,
  badFrames: [
    ...BAD_FRAMES,
    ['a frame without a payload', '{"type":"ping"}', 'VALIDATION_ERROR payload'],
  ],
  badCommands: [
    ['join_room', 'lobby', 'VALIDATION_ERROR'],
    ['join_room', {}, 'VALIDATION_ERROR roomName'],
    ['join_room', { roomName: '///' }, 'VALIDATION_ERROR roomName'],
    ['join_room', { roomId: UNKNOWN }, 'NOT_FOUND'],
    ['chat_message', { roomId: FOREIGN_ROOM, content: 'x' }, 'NOT_IN_ROOM'],
    ['user_typing', { roomId: FOREIGN_ROOM, isTyping: true }, 'NOT_IN_ROOM'],
    ['get_history', { roomId: 'nowhere' }, 'NOT_FOUND'],
    ['get_history', { roomId: ROOM, before: 5, after: 1 }, 'VALIDATION_ERROR after'],
    ['get_history', { roomId: ROOM, before: 5, around: 1 }, 'VALIDATION_ERROR around'],
    ['get_history', { roomId: ROOM, aroundTime: 'today' }, 'VALIDATION_ERROR aroundTime'],
    ['direct_message', { recipient: 'nobody', content: 'x' }, 'NOT_FOUND recipient'],
    ['direct_message', { recipientId: 'nobody', content: 'x' }, 'NOT_FOUND recipientId'],
    ['direct_message', { recipient: 'mallory', content: 'x' }, 'VALIDATION_ERROR recipient'],
    ['direct_message', { recipientId: MALLORY, content: 'x' }, 'VALIDATION_ERROR recipientId'],
  ],
};

testBadInput(NATIVE, (scene) => {
  test('rejects a message without a room on a connection that has none open', async () => {
    const other = await scene.connect('mallory');

    const { code, field } = await other.ask('chat_message', { content: 'x' });

    assert.deepEqual([code, field], ['VALIDATION_ERROR', 'roomId']);
    other.close();
  });

  test('reads a binary frame as the text that it contains', async () => {
    const socket = await scene.accounts.mallory.connect();

    socket.sendRaw(Buffer.from('{"type":"ping","payload":{}}'));

    await socket.next('pong');
    socket.close();
  });

  test('rejects joining the same room repeatedly', async () => {
    const socket = await scene.accounts.mallory.connect();
    await socket.ask('join_room', { roomName: 'again' }, 'room_joined');

    const error = await socket.ask('join_room', { roomName: 'again' }, 'error');

    assert.equal(error.code, 'RATE_LIMITED');
    assert.equal(error.retryAfter, 1);
    socket.close();
  });
});
