/** A store with data of every kind, and archives of stores. */
import { randomUUIDv7 } from 'node:crypto';
import type { WorkspaceId } from '@parley/protocol';
import { archiveOf } from '../../src/archive/write-archive.ts';
import { OPERATOR } from '../../src/model/audit.ts';
import type { User } from '../../src/model/user.ts';
import type { ArchiveSource } from '../../src/ports/archive.ts';
import type { Store } from '../../src/ports/store.ts';
import {
  BY,
  blockUser,
  change,
  command,
  createDirectRoom,
  invite,
  NOON_MS,
  ownedBy,
  room,
  session,
  user,
  withLobby,
} from './records.ts';

export async function fill(store: Store): Promise<void> {
  const { alice, bob, lobby } = await withLobby(store);
  const login = session({ userId: alice.id, userAgent: 'Grüße "quoted"\n' });
  await store.sessions.insertSession(login, 'hash of alice');
  await store.accounts.countAttempt([{ key: 'key', attemptsMax: 5, windowMs: 1000 }], NOON_MS);
  await store.accounts.setLastSeen([{ userId: bob.id, lastSeenAtMs: NOON_MS }]);
  const choice = { status: 'busy', statusText: 'On leave', untilMs: NOON_MS + 1000 } as const;
  await store.accounts.setChosenPresence({ userId: bob.id, ...choice, chosenAtMs: NOON_MS });
  const carol = user('carol');
  await store.accounts.insertUser(carol, 'hash');
  await store.sessions.setDisabled(carol.id, NOON_MS, BY);
  await blockUser(store, bob.id, carol.id, NOON_MS);
  const gone = user('gone');
  await store.accounts.insertUser(gone, 'hash');
  const removal = { removalId: randomUUIDv7(), messages: 'delete' } as const;
  const names = { username: 'deleted-1', displayName: 'Deleted user' };
  await store.removals.deleteAccount({ userId: gone.id, ...names, ...removal }, BY);
  const aboutCarol = { reporterId: bob.id, userId: carol.id, message: undefined, atMs: NOON_MS };
  const reportId = randomUUIDv7();
  await store.reports.insertReport({ id: reportId, reason: 'spam', ...aboutCarol });
  const decision = { action: 'warn', warningId: randomUUIDv7(), reason: '👋' } as const;
  await store.reports.closeReport(reportId, decision, 0, BY);
  await store.reports.insertReport({ id: randomUUIDv7(), reason: 'again', ...aboutCarol });
  await store.accounts.startSecondFactor(alice.id, 'sealed');
  const proof = { kind: 'totp', sealed: 'sealed', step: 7, resealed: 'sealed' } as const;
  await store.accounts.confirmSecondFactor(alice.id, proof, ['digest'], BY);
  const reset = { userId: alice.id, tokenDigest: 'digest', expiresAtMs: NOON_MS };
  await store.accounts.insertPasswordReset({ ...reset, creator: OPERATOR }, BY);
  const link = invite(alice, { roomIds: [lobby.id], usesMax: 3 });
  await store.invites.insertInvite(link, 9, BY);
  await store.invites.takePlace({
    inviteId: link.id,
    userId: carol.id,
    address: '',
    nowMs: NOON_MS,
  });
  await store.rooms.createRoom(room('ops'), ownedBy(bob), NOON_MS);
  const school = { id: randomUUIDv7() as WorkspaceId, name: 'School', createdAtMs: NOON_MS };
  await store.workspaces.createWorkspace(school, alice.id);
  const maths = room('maths', { workspaceId: school.id, kind: 'channel', visibility: 'private' });
  await store.rooms.createRoom(maths, ownedBy(alice), NOON_MS);
  await store.rooms.changeRoom(maths.id, { archivedAtMs: NOON_MS }, undefined);
  // More than is fetched or stored at once.
  const sent = Array.from({ length: 2500 }, (_, index) =>
    command({
      roomId: lobby.id,
      userId: (index % 3 === 0 ? bob : alice).id,
      content: index % 100 === 0 ? '👋 "\\ \\N \t\r\n\u2028 '.repeat(300) : `message ${index}`,
      ...(index % 2 === 0 ? { clientMessageId: `c${index}` } : {}),
      // Including the deleted one.
      attachments: index < 9 ? [`/of-${index}`, { name: '👋 "\\ \n', size: 1.5, none: null }] : [],
    }),
  );
  await store.log.commit(sent);
  const about = { roomId: lobby.id, userId: alice.id };
  const ids = sent.filter(({ userId }) => userId === alice.id).map(({ messageId }) => messageId);
  const [edited, deleted, chosen] = ids;
  if (edited === undefined || deleted === undefined || chosen === undefined) return;
  const mentions = { everyone: true, names: [] };
  await store.log.commit([
    change({ ...about, kind: 'edit', messageId: edited, content: 'edited', mentions }),
    change({ ...about, kind: 'deletion', messageId: deleted }),
    change({ ...about, kind: 'reaction-added', messageId: chosen, emoji: '👍🏽' }),
    change({ ...about, kind: 'pin', messageId: chosen }, { clientMessageId: 'pinned' }),
    command({ ...about, content: 'hi @bob', mentions: { everyone: false, names: ['bob'] } }),
    command({ ...about, content: 'a reply', parentId: chosen }),
    change({ ...about, kind: 'access-lost', subjectId: carol.id, reason: 'banned' }),
  ]);
  await store.rooms.markRead(lobby.id, alice.id, { sequence: 3, atMs: NOON_MS });
  await fillDirect(store, [alice, bob]);
  await fillPruned(store, alice);
}

/** A direct room whose users read in steps. */
async function fillDirect(store: Store, [one, other]: readonly [User, User]): Promise<void> {
  const { id: roomId } = await createDirectRoom(store, [one, other]);
  for (const sequence of [1, 2, 3]) {
    await store.log.commit([command({ roomId, userId: one.id })]);
    await store.rooms.markRead(roomId, other.id, { sequence, atMs: NOON_MS + sequence });
  }
}

/** Rooms of which retention has left a part, or nothing. */
async function fillPruned(store: Store, owner: User): Promise<void> {
  for (const [name, eventsMax] of [
    ['half', 3],
    ['none', 9],
  ] as const) {
    const { id: roomId } = await store.rooms.createRoom(room(name), ownedBy(owner), NOON_MS);
    const by = { roomId, userId: owner.id };
    const [gone, stays] = [command({ ...by, clientMessageId: 'gone' }), command(by)];
    const { messageId } = gone;
    await store.log.commit([
      gone,
      change({ ...by, kind: 'pin', messageId }),
      change({ ...by, kind: 'reaction-added', messageId, emoji: '👍' }),
      stays,
      change({ ...by, kind: 'unpin', messageId }),
      command({ ...by, parentId: stays.messageId }),
    ]);
    await store.log.deleteMessagesOlderThan(roomId, { beforeMs: NOON_MS + 1, eventsMax });
  }
}

/** Returns the lines of an archive. */
export async function linesOf(source: ArchiveSource): Promise<string[]> {
  let text = '';
  for await (const piece of archiveOf(source, new Date(NOON_MS), () => {})) text += piece;
  await source.close();
  return text.trimEnd().split('\n');
}

/**
 * Removes what differs between two archives of the same content: their ids, and the hash over
 * these.
 */
export function contentOf(lines: readonly string[]): readonly string[] {
  return lines.slice(1, -1);
}

/** Yields the archive in chunks that end anywhere, like a file. */
export async function* chunksOf(lines: readonly string[], size = 10_000): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}
