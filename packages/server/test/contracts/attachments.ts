/** Attachments of a message: stored as sent, until the message is deleted. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Attachment } from '@parley/protocol';
import type { Message } from '../../src/model/message.ts';
import type { Room } from '../../src/model/room.ts';
import type { User } from '../../src/model/user.ts';
import type { Store } from '../../src/ports/store.ts';
import { change, command, NOON_MS, withLobby } from '../support/records.ts';

const ATTACHMENTS: readonly Attachment[] = [
  'https://files.example/ä"\\\n😀.png',
  { url: '/uploads/1', size: 1.5, isImage: false, preview: null, constructor: 'x' },
  { '2': 'b', '1': 'a' },
];

export function testAttachments(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: attachments`, () => {
    let store: Store;
    let alice: User;
    let lobby: Room;
    beforeEach(async () => {
      store = await openEmpty();
      ({ alice, lobby } = await withLobby(store));
    });
    afterEach(() => store.close());

    const by = () => ({ roomId: lobby.id, userId: alice.id });
    const commit = async (...commands: Parameters<Store['log']['commit']>[0]) =>
      (await store.log.commit(commands)).map((outcome) => {
        assert(outcome.kind === 'stored');
        return outcome.event;
      });
    /** Reads the message of this sequence in every way in which it can be read. */
    const seen = async (sequence: number): Promise<(readonly Attachment[] | undefined)[]> => {
      const { log } = store;
      const roomId = lobby.id;
      const page = { roomId, before: undefined, after: sequence - 1, limit: 1 };
      const { messages } = await log.readHistory(page);
      const { events } = await log.readEvents(roomId, sequence - 1, 1);
      const position = { lastSequence: sequence - 1, epoch: undefined, lastId: undefined };
      const read = {
        roomId,
        userId: alice.id,
        historyCount: 9,
        catchUpMax: 99,
        bytesMax: 1_000_000,
      };
      const missed = await log.readRoom({ ...read, position });
      const fresh = await log.readRoom({ ...read, position: undefined });
      const [first] = messages;
      const found: (Message | undefined)[] = [
        first,
        events[0]?.kind === 'message' ? events[0].message : undefined,
        missed?.history[0],
        fresh?.history.find((message) => message.sequence === sequence),
        first && (await log.readMessage(roomId, first.id)),
      ];
      return found.map((message) => message?.attachments);
    };
    const everywhere = (attachments: readonly Attachment[]) => Array(5).fill(attachments);

    test('are sent and read as they were stored', async () => {
      const [event] = await commit(command({ ...by(), attachments: ATTACHMENTS }));

      assert(event?.kind === 'message');
      assert.deepEqual(event.message.attachments, ATTACHMENTS);
      assert.deepEqual(await seen(1), everywhere(ATTACHMENTS));
    });

    test('are empty for messages without any, also between others', async () => {
      const full = command({ ...by(), attachments: ATTACHMENTS });
      const bare = command({ ...by(), attachments: [] });

      const events = await commit(full, bare, command({ ...by(), attachments: ['last'] }));

      assert.deepEqual(
        events.map((event) => event.kind === 'message' && event.message.attachments),
        [ATTACHMENTS, [], ['last']],
      );
      assert.deepEqual(await seen(2), everywhere([]));
      assert.deepEqual(await seen(3), everywhere(['last']));
    });

    test('stay when the text is edited', async () => {
      const sent = command({ ...by(), attachments: ATTACHMENTS });
      const { messageId } = sent;
      const mentions = { everyone: false, names: [] };

      await commit(
        sent,
        change({ ...by(), kind: 'edit', messageId, content: 'better', mentions }),
        change({ ...by(), kind: 'pin', messageId }),
      );

      assert.deepEqual(await seen(1), everywhere(ATTACHMENTS));
    });

    test('are deleted with the message, also in the batch that sent it', async () => {
      const [one, other] = [1, 2].map(() => command({ ...by(), attachments: ATTACHMENTS }));
      assert(one !== undefined && other !== undefined);
      await commit(one);

      await commit(
        change({ ...by(), kind: 'deletion', messageId: one.messageId }),
        other,
        change({ ...by(), kind: 'deletion', messageId: other.messageId }),
      );

      assert.deepEqual(await seen(1), everywhere([]));
      assert.deepEqual(await seen(3), everywhere([]));
    });

    test('are deleted by retention with their messages, and a retry still gets its first result', async () => {
      const sent = command({ ...by(), attachments: ATTACHMENTS, clientMessageId: 'c1' });
      await commit(sent, command({ ...by(), attachments: ['stays'] }));

      await store.log.deleteMessagesOlderThan(lobby.id, { beforeMs: NOON_MS + 1, eventsMax: 1 });
      const [again] = await store.log.commit([sent]);

      const { events } = await store.log.readEvents(lobby.id, 0, 9);
      assert.deepEqual(
        events.map((event) => event.kind === 'message' && event.message.attachments),
        [['stays']],
      );
      assert.deepEqual(
        [again?.kind, again?.kind === 'duplicate' && again.messageId],
        ['duplicate', sent.messageId],
      );
    });
  });
}
