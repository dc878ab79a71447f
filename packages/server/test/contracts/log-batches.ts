/**
 * A batch equals its commands one after the other: a store may read and write many of them at once,
 * but the result is the same.
 */
import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { MessageId, RoomId, RoomKind, UserId } from '@parley/protocol';
import fc from 'fast-check';
import { repetitions } from '../../../../tests/support/repetitions.ts';
import type { LogCommand } from '../../src/model/log-command.ts';
import type { User } from '../../src/model/user.ts';
import type { Store } from '../../src/ports/store.ts';
import { change, command, epochOf, NOON_MS, newUserId, room, user } from '../support/records.ts';

const KINDS = [
  'message',
  'message',
  'reply',
  'edit',
  'deletion',
  'reaction-added',
  'reaction-removed',
  'pin',
  'unpin',
  'left',
  'removed',
] as const;
const NAMES = ['alice', 'bob', 'carol'] as const;
/** Few, so that commands refer to the same messages. */
const MESSAGES = 6;

const step = fc.record({
  kind: fc.constantFrom(...KINDS),
  by: fc.nat(NAMES.length - 1),
  to: fc.nat(NAMES.length - 1),
  message: fc.nat(MESSAGES - 1),
  other: fc.nat(MESSAGES - 1),
  clientMessageId: fc.option(fc.constantFrom('c1', 'c2', 'c3'), { nil: undefined }),
});
type Step = (typeof step extends fc.Arbitrary<infer T> ? T : never) & object;

export function testLogBatches(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: batches of the log`, () => {
    let store: Store;
    let people: User[];
    beforeEach(async () => {
      store = await openEmpty();
      people = NAMES.map((name) => user(name));
      for (const person of people) await store.accounts.insertUser(person, 'hash');
    });
    afterEach(() => store.close());

    test('return what their commands return one by one, whatever they refer to in the batch', async () => {
      const kinds = fc.constantFrom<RoomKind>('room', 'direct');
      const steps = fc.array(step, { minLength: 2, maxLength: 14 });
      await fc.assert(
        fc.asyncProperty(kinds, steps, async (kind, wanted) => {
          const [whole, single] = [await openTable(kind), await openTable(kind)];

          const batch = await store.log.commit(whole.commands(wanted));
          const oneByOne = [];
          for (const each of single.commands(wanted)) {
            oneByOne.push(...(await store.log.commit([each])));
          }

          assert.equal(whole.plain(batch), single.plain(oneByOne));
          assert.equal(whole.plain(await whole.state()), single.plain(await single.state()));
        }),
        { numRuns: repetitions(15, 40) },
      );
    });

    /** Creates a separate room with names for all of its ids. */
    const openTable = async (kind: RoomKind) => {
      const members = people.slice(0, kind === 'direct' ? 2 : 3).map(({ id }, index) => ({
        userId: id,
        role: index === 0 ? ('owner' as const) : ('member' as const),
      }));
      const name = `room-${randomUUIDv7()}`;
      const { id: roomId } = await store.rooms.createRoom(room(name, { kind }), members, NOON_MS);
      const epoch = (await epochOf(store, roomId, newUserId())) ?? '';
      const ids = Array.from({ length: MESSAGES }, () => randomUUIDv7() as MessageId);
      return {
        commands: (steps: readonly Step[]) => toCommands(steps, { roomId, ids, people }),
        state: () => stateOf(roomId),
        plain: (value: unknown): string =>
          ids.reduce(
            (text, id, index) => text.replaceAll(id, `message ${index}`),
            JSON.stringify(value).replaceAll(roomId, 'here').replaceAll(epoch, 'its epoch'),
          ),
      };
    };

    const stateOf = async (roomId: RoomId) => {
      const page = { roomId, before: undefined, after: undefined, limit: 100 };
      return {
        history: await store.log.readHistory(page),
        events: await store.log.readEvents(roomId, 0, 100),
        unread: await store.rooms.readUnread(
          roomId,
          people.map(({ id }) => id),
        ),
      };
    };
  });
}

/** Each message is sent at most once; steps that would send it again are omitted. */
function toCommands(
  steps: readonly Step[],
  table: {
    readonly roomId: RoomId;
    readonly ids: readonly MessageId[];
    readonly people: readonly User[];
  },
): LogCommand[] {
  const sent = new Set<number>();
  return steps.flatMap((each, index): LogCommand[] => {
    const { kind, clientMessageId } = each;
    const { roomId, ids } = table;
    const idOf = (at: number): UserId => table.people[at]?.id ?? user('nobody').id;
    const by = { roomId, userId: idOf(each.by) };
    const messageId = ids[each.message] ?? (randomUUIDv7() as MessageId);
    const mentions = { everyone: false, names: [NAMES[each.to] ?? 'alice'] };
    const content = `text ${index}`;
    const over = clientMessageId === undefined ? {} : { clientMessageId };
    if (kind === 'message' || kind === 'reply') {
      if (sent.has(each.message)) return [];
      sent.add(each.message);
      const parentId = kind === 'reply' ? ids[each.other] : undefined;
      const attachments = index % 2 === 0 ? [] : [content];
      return [command({ ...by, ...over, messageId, content, mentions, parentId, attachments })];
    }
    if (kind === 'edit') return [change({ ...by, kind, messageId, content, mentions }, over)];
    if (kind === 'left' || kind === 'removed') {
      return [change({ ...by, kind: 'access-lost', subjectId: idOf(each.to), reason: kind }, over)];
    }
    if (kind === 'reaction-added' || kind === 'reaction-removed') {
      return [change({ ...by, kind, messageId, emoji: '👍' }, over)];
    }
    return [change({ ...by, kind, messageId }, over)];
  });
}
