/** A store with the rows of `old-rows.ts`: users find their data and continue. */
import assert from 'node:assert/strict';
import { ChatError, type ClientMessageId, type Epoch, type UserId } from '@parley/protocol';
import type { Acknowledgement } from '../../src/domain/delivery/log-writer.ts';
import type { Message } from '../../src/model/message.ts';
import type { RoomEvent } from '../../src/model/room-event.ts';
import type { User } from '../../src/model/user.ts';
import type { Store } from '../../src/ports/store.ts';
import { ChatHarness, type Client } from '../support/chat-harness.ts';
import {
  type Abilities,
  ALICE,
  ATTACHMENTS,
  atMs,
  BOB,
  CAROL,
  DAVE,
  DIARY,
  DIRECT,
  GENERATION,
  LOBBY,
  LOG_ID,
  MATHS,
  messageId,
  ODD_TEXT,
  SCHOOL,
  TOKEN,
} from '../support/old-rows.ts';
import { message, NOON_MS } from '../support/records.ts';

/** Checks that everything is as it was when it was stored. */
export async function checkAllData(store: Store, can: Abilities): Promise<void> {
  const chat = new ChatHarness({ store }).chat;
  const credentials = { username: 'Alice', password: 'alice', address: undefined };
  assert.deepEqual((await chat.accounts.verify(credentials)).user, ALICE);
  assert.deepEqual((await chat.sessions.authenticate(TOKEN))?.user, ALICE);

  const newest = { before: undefined, after: undefined, limit: 50 };
  const lobby = await store.log.readHistory({ roomId: LOBBY, ...newest });
  assert.deepEqual(lobby, { messages: lobbyMessages(can), hasMore: false });
  const { firstSequence, events } = await store.log.readEvents(LOBBY, 0, 50);
  assert.equal(firstSequence, 1);
  assert.deepEqual(events.map(placeOf), lobbyPlaces(can));
  await checkPositions(store, can);
  if (can.changes) await findsConversation(store);
  if (!can.workspaces) return;
  await findsWorkspace(store);
  await checkPrunedLog(store);
}

/**
 * Checks that retries are recognized, clients catch up from their positions, and numbers continue.
 */
export async function checkContinuation(store: Store, can: Abilities): Promise<void> {
  const harness = new ChatHarness({ store });
  const [alice, bob] = [await harness.connectUser(ALICE), await harness.connectUser(BOB)];
  const epoch = `${LOG_ID}.${GENERATION}` as Epoch;
  const { state } = await alice.join('Lobby', { lastSequence: 2, epoch, lastId: messageId(2) });
  assert.deepEqual([state.truncated, state.head.epoch], [false, epoch]);
  await bob.join(LOBBY);
  const unread = await unreadOf(store, CAROL);

  await repeats(alice, bob, can);
  assert.deepEqual((await store.log.readRoom(readOf(ALICE)))?.head, state.head);

  const next = await alice.send('On we go', { roomId: LOBBY, clientMessageId: 'new' });
  assert.deepEqual([next.duplicate, next.sequence], [false, state.head.sequence + 1]);
  const again = await alice.send('On we go', { roomId: LOBBY, clientMessageId: 'new' });
  assert.deepEqual([again.duplicate, again.sequence], [true, next.sequence]);
  assert.equal(await unreadOf(store, CAROL), unread + 1);
  await checkOldChanges(store, alice, bob);
  await harness.settle();
  assert.deepEqual(bob.messages, ['On we go', 'A reply']);
  await harness.chat.close();
}

const readOf = ({ id: userId }: User) => ({
  roomId: LOBBY,
  userId,
  position: undefined,
  historyCount: 0,
  bytesMax: 1_000_000,
  catchUpMax: 0,
});

async function unreadOf(store: Store, { id }: User): Promise<number> {
  const { members } = await store.rooms.readUnread(LOBBY, [id]);
  return members[0]?.unread.unreadCount ?? Number.NaN;
}

async function repeats(alice: Client, bob: Client, can: Abilities): Promise<void> {
  const roomId = LOBBY;
  const isRepeated = async (
    answer: Promise<Acknowledgement>,
    sequence: number,
    about = sequence,
  ) => {
    const { duplicate, messageId: id, createdAtMs, ...acknowledged } = await answer;
    assert.deepEqual(
      [duplicate, acknowledged.sequence, id, createdAtMs],
      [true, sequence, messageId(about), atMs(sequence)],
    );
  };
  await isRepeated(alice.send('Hello', { roomId, clientMessageId: 'c1' }), 1);
  // Even if edited since.
  await isRepeated(bob.send('Hi', { roomId, clientMessageId: 'c1' }), 2);
  await isRepeated(bob.send('Bye', { roomId, clientMessageId: 'c2' }), 4);
  const isConflict = { name: ChatError.name, code: 'CONFLICT' };
  await assert.rejects(alice.send('Hallo', { roomId, clientMessageId: 'c1' }), isConflict);
  const other = { roomId, clientMessageId: 'c2', parentId: messageId(1) };
  await assert.rejects(bob.send('Bye', other), isConflict);
  if (can.attachments) {
    const sent = { roomId, clientMessageId: 'c3', attachments: ATTACHMENTS };
    await isRepeated(bob.send('Look', sent), 13);
  }
  if (!can.changes) return;

  await isRepeated(alice.send('See @carol', other), 11);
  const edit = { kind: 'edit', content: 'Hi alice', contentLengthMax: 1000 } as const;
  await isRepeated(bob.change(roomId, messageId(2), edit, 'e1'), 5, 2);
  await isRepeated(alice.change(roomId, messageId(3), { kind: 'deletion' }, 'd1'), 6, 3);
  const reaction = { kind: 'reaction-added', emoji: '👍' } as const;
  await isRepeated(bob.change(roomId, messageId(1), reaction, 'r1'), 7, 1);
  await isRepeated(alice.change(roomId, messageId(1), { kind: 'pin' }, 'p1'), 10, 1);
  const said = await alice.sendTo('bob', 'Psst', 'c1');
  assert.deepEqual([said.roomId, said.duplicate, said.sequence], [DIRECT, true, 1]);
  if (!can.workspaces) return;

  // Its message is deleted, its key is not.
  await alice.join(DIARY);
  const { duplicate, sequence } = await alice.send('Day 1', {
    roomId: DIARY,
    clientMessageId: 'c1',
  });
  assert.deepEqual([duplicate, sequence], [true, 1]);
}

/** Checks changes of old messages by current clients. */
async function checkOldChanges(store: Store, alice: Client, bob: Client): Promise<void> {
  const before = await store.log.readMessage(LOBBY, messageId(4));
  const first = await store.log.readMessage(LOBBY, messageId(1));
  const edit = { kind: 'edit', content: 'Goodbye', contentLengthMax: 1000 } as const;

  const { createdAtMs: editedAtMs } = await bob.change(LOBBY, messageId(4), edit);
  await alice.change(LOBBY, messageId(4), { kind: 'reaction-added', emoji: '👋' });
  await alice.send('A reply', { roomId: LOBBY, parentId: messageId(1) });

  const reactions = [{ emoji: '👋', userIds: [ALICE.id], count: 1 }];
  assert.deepEqual(await store.log.readMessage(LOBBY, messageId(4)), {
    ...before,
    content: 'Goodbye',
    editedAtMs,
    reactions,
  });
  assert.equal(
    (await store.log.readMessage(LOBBY, messageId(1)))?.replyCount,
    (first?.replyCount ?? 0) + 1,
  );
}

function lobbyMessages(can: Abilities): Message[] {
  const lobbyMessage = (
    sequence: number,
    { id: userId, username: sender }: User,
    over: Partial<Message>,
  ) => {
    const from = { userId, sender, createdAtMs: atMs(sequence) };
    return message({ id: messageId(sequence), roomId: LOBBY, sequence, ...from, ...over });
  };
  const keyed = (id: string) => ({ clientMessageId: id as ClientMessageId });
  const { attachments, changes } = can;
  const reactions = [{ emoji: '👍', userIds: [BOB.id], count: 1 }];
  const reply = { parentId: messageId(1), number: 1 };
  return [
    lobbyMessage(1, ALICE, {
      content: 'Hello',
      ...keyed('c1'),
      ...(changes ? { isPinned: true, replyCount: 1, reactions } : {}),
    }),
    lobbyMessage(2, BOB, {
      ...keyed('c1'),
      ...(changes ? { content: 'Hi alice', editedAtMs: atMs(5) } : { content: 'Hi' }),
    }),
    lobbyMessage(3, ALICE, changes ? { content: '', isDeleted: true } : { content: ODD_TEXT }),
    lobbyMessage(4, BOB, { content: 'Bye', ...keyed('c2') }),
    ...(changes ? [lobbyMessage(11, ALICE, { content: 'See @carol', ...keyed('c2'), reply })] : []),
    ...(attachments
      ? [lobbyMessage(13, BOB, { content: 'Look', ...keyed('c3'), attachments: ATTACHMENTS })]
      : []),
  ];
}

type Place = readonly [sequence: number, kind: RoomEvent['kind'], actor: UserId, ordinal: number];

function placeOf({ sequence, kind, actorId, ordinal, createdAtMs }: RoomEvent): Place {
  assert.equal(createdAtMs, atMs(sequence));
  return [sequence, kind, actorId, ordinal];
}

function lobbyPlaces({ changes, attachments }: Abilities): Place[] {
  const said: Place[] = [
    [1, 'message', ALICE.id, 1],
    [2, 'message', BOB.id, 2],
    [3, 'message', ALICE.id, 3],
    [4, 'message', BOB.id, 4],
  ];
  const changed: Place[] = [
    [5, 'edit', BOB.id, 4],
    [6, 'deletion', ALICE.id, 4],
    [7, 'reaction-added', BOB.id, 4],
    [8, 'reaction-added', ALICE.id, 4],
    [9, 'reaction-removed', ALICE.id, 4],
    [10, 'pin', ALICE.id, 4],
    [11, 'message', ALICE.id, 5],
    [12, 'access-lost', ALICE.id, 5],
  ];
  const attached: Place[] = [[13, 'message', BOB.id, 6]];
  return [...said, ...(changes ? changed : []), ...(attachments ? attached : [])];
}

/** Checks memberships and unread counts. */
async function checkPositions(store: Store, { changes, attachments }: Abilities): Promise<void> {
  const members = await store.rooms.listMembers(LOBBY, { after: undefined, limit: 9 });
  const roles = members.map(({ user, role }) => [user, role]);
  const stayed = [
    [ALICE, 'owner'],
    [BOB, 'member'],
    [CAROL, 'member'],
  ];
  assert.deepEqual(roles, changes ? stayed : [...stayed, [DAVE, 'member']]);

  const ids = [ALICE, BOB, CAROL, DAVE].map(({ id }) => id);
  const { members: readers } = await store.rooms.readUnread(LOBBY, ids);
  const counts = new Map(
    readers.map(({ userId, unread }) => [userId, [unread.unreadCount, unread.mentionCount]]),
  );
  const both = Number(changes) + Number(attachments);
  assert.deepEqual(counts.get(ALICE.id), changes ? [Number(attachments), 0] : [1, 0]);
  assert.deepEqual(counts.get(BOB.id), attachments || !changes ? [0, 0] : [1, 0]);
  assert.deepEqual(counts.get(CAROL.id), [3 + both, Number(changes)]);
  assert.deepEqual(counts.get(DAVE.id), changes ? undefined : [4, 0]);

  if (!changes) return;
  assert.equal(await store.rooms.addMember(LOBBY, DAVE.id, NOON_MS), 'banned');
  assert.deepEqual(await store.accounts.listBlocked(CAROL.id, 9), [DAVE]);
}

async function findsConversation(store: Store): Promise<void> {
  const [listed] = (await store.rooms.listRoomsOf(BOB.id, 9)).filter(
    ({ room }) => room.id === DIRECT,
  );
  assert.equal(listed?.membership?.unread.unreadCount, 1);
}

async function findsWorkspace(store: Store): Promise<void> {
  const channel = await store.workspaces.findChannel(MATHS, BOB.id);
  assert.deepEqual([channel?.room.name, channel?.archivedAtMs], ['Maths', atMs(2)]);
  const members = await store.workspaces.listWorkspaceMembers(SCHOOL, {
    after: undefined,
    limit: 9,
  });
  assert.deepEqual(
    members.map(({ user, role }) => [user, role]),
    [
      [ALICE, 'owner'],
      [BOB, 'member'],
    ],
  );
}

/** Checks a log pruned by retention. */
async function checkPrunedLog(store: Store): Promise<void> {
  const { firstSequence, events } = await store.log.readEvents(DIARY, 0, 9);
  const said = events.map((event) => event.kind === 'message' && event.message.content);
  assert.deepEqual([firstSequence, ...said], [2, 'Day 2', 'Day 3']);
  const { members } = await store.rooms.readUnread(DIARY, [ALICE.id]);
  assert.equal(members[0]?.unread.unreadCount, 0);
}
