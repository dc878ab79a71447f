/** `markRead` of the two hooks: which conversation it affects, and that the server receives it. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { MessageId, RoomId } from '@parley/protocol';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { Clients, ClientsContext } from '../../src/react/clients.ts';
import { useChatWs } from '../../src/react/use-chat-ws.ts';
import { useMessagePalWs } from '../../src/react/use-message-pal-ws.ts';
import { FakeEnvironment, settle } from '../fakes/fake-environment.ts';

const ALICE = 'u-alice';
const [WITH_BOB, WITH_CAROL] = ['c-bob' as RoomId, 'c-carol' as RoomId];
const LOBBY = 'r-lobby' as RoomId;

describe('markRead', () => {
  let environment: FakeEnvironment;
  let clients: Clients;
  beforeEach(() => {
    environment = new FakeEnvironment();
    clients = new Clients({ serverUrl: 'http://server', environment });
  });

  /** The result of a hook. Nothing is mounted: the test subscribes to the rooms itself. */
  const resultOf = <T>(hook: () => T): T => {
    let result: T | undefined;
    const Component = (): null => {
      result = hook();
      return null;
    };
    const below = createElement(Component);
    renderToStaticMarkup(createElement(ClientsContext.Provider, { value: clients }, below));
    return result ?? assert.fail('nothing was rendered');
  };
  const tell = (type: string, fields: object): void =>
    environment.socket.text(JSON.stringify({ type, ...fields }));
  const greet = async (): Promise<void> => {
    environment.socket.upgrade();
    tell('connected', { userId: ALICE, username: 'alice', role: 'student' });
    await settle();
  };
  // Frames of these dialects have their fields next to the type.
  const marks = () =>
    (environment.socket.sent as unknown as { type: string; [field: string]: unknown }[])
      .filter(({ type }) => type === 'mark_read')
      .map(({ type: _, ...mark }) => mark);
  const place = (headSequence: number) => ({ headSequence, epoch: 'e1', truncated: false });
  const createdAt = '2026-01-31T12:00:00.000Z';

  describe('of useMessagePalWs', () => {
    const receive = (id: string, conversationId: RoomId, sequence = 1): void =>
      tell('message_received', {
        message: {
          id,
          conversationId,
          senderId: `u-${id}`,
          senderName: id,
          recipientId: ALICE,
          content: id,
          createdAt,
          sequence,
        },
      });
    const subscribed = (conversationId: RoomId, headSequence = 1): void =>
      tell('subscribed', { conversationId, ...place(headSequence) });

    test('without a conversation reports it for the conversation of the message only', async () => {
      const { markRead } = resultOf(() => useMessagePalWs());
      clients.direct.acquire();
      await greet();
      receive('m-bob', WITH_BOB);
      receive('m-carol', WITH_CAROL);
      for (const id of [WITH_BOB, WITH_CAROL]) subscribed(id);

      markRead('m-carol' as MessageId);
      markRead('m-carol' as MessageId);
      markRead('m-of-nobody' as MessageId);

      assert.deepEqual(marks(), [{ messageId: 'm-carol', conversationId: WITH_CAROL }]);
    });

    test('without a conversation reports it once that conversation is open', async () => {
      const { markRead } = resultOf(() => useMessagePalWs());
      clients.direct.acquire();
      await greet();
      receive('m-bob', WITH_BOB);

      markRead('m-bob' as MessageId);
      assert.deepEqual(marks(), []);
      subscribed(WITH_BOB);

      assert.deepEqual(marks(), [{ messageId: 'm-bob', conversationId: WITH_BOB }]);
    });

    test('without a conversation reports it again after a connection loss, until it is confirmed', async () => {
      environment.answer = async () => Response.json({ conversations: [] });
      const { markRead } = resultOf(() => useMessagePalWs());
      clients.direct.acquire();
      await greet();
      receive('m-bob', WITH_BOB);
      subscribed(WITH_BOB);
      markRead('m-bob' as MessageId);
      const mark = { messageId: 'm-bob', conversationId: WITH_BOB };
      const comeBack = async (): Promise<void> => {
        environment.socket.end(1006);
        clients.direct.reconnect();
        await greet();
        subscribed(WITH_BOB);
      };

      await comeBack();
      assert.deepEqual(marks(), [mark]); // On the new socket.
      tell('message_read', { ...mark, userId: ALICE, readAt: createdAt });
      await comeBack();

      assert.deepEqual(marks(), []);
    });

    test('of one conversation ignores a message of another', async () => {
      const { markRead } = resultOf(() => useMessagePalWs({ conversationId: WITH_BOB }));
      clients.direct.acquire();
      clients.direct.acquire(WITH_BOB);
      await greet();
      for (const id of [WITH_BOB, WITH_CAROL]) subscribed(id, 0);
      receive('m-bob', WITH_BOB);
      receive('m-carol', WITH_CAROL);
      subscribed(WITH_CAROL);

      markRead('m-carol' as MessageId);
      markRead('m-bob' as MessageId);

      assert.deepEqual(marks(), [{ messageId: 'm-bob', conversationId: WITH_BOB }]);
    });
  });

  describe('of useChatWs', () => {
    /** The channel is open and contains one message. */
    const openLobby = async (): Promise<void> => {
      clients.channels.acquire(LOBBY);
      await greet();
      tell('joined_channel', { channelId: LOBBY, ...place(0) });
      tell('new_message', {
        message: {
          id: 'm1',
          channelId: LOBBY,
          senderId: 'u-bob',
          senderName: 'bob',
          content: 'hello',
          createdAt,
          sequence: 1,
          readBy: ['u-bob'],
        },
      });
      await settle();
    };

    test('reports a message of the channel once', async () => {
      const { markRead } = resultOf(() => useChatWs({ channelId: LOBBY }));
      await openLobby();

      for (const id of ['m1', 'm1', 'm-of-nobody']) markRead(id as MessageId);

      assert.deepEqual(marks(), [{ channelId: LOBBY, messageId: 'm1' }]);
    });

    test('reports nothing without a channel, or for a message of another channel', async () => {
      const without = resultOf(() => useChatWs({ channelId: undefined }));
      const other = resultOf(() => useChatWs({ channelId: 'r-ops' }));
      await openLobby();

      for (const { markRead } of [without, other]) markRead('m1' as MessageId);

      assert.deepEqual(marks(), []);
    });
  });
});
