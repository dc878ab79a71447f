/** A store with data of every kind, and archives of stores. */
import { randomUUIDv7 } from 'node:crypto';
import type { MessageId, WorkspaceId } from '@parley/protocol';
import { archiveOf } from '../../src/archive/write-archive.ts';
import { OPERATOR } from '../../src/model/audit.ts';
import { NO_PASSWORD, type User } from '../../src/model/user.ts';
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
  PASSWORD_HASH,
  room,
  session,
  user,
  withLobby,
} from './records.ts';

/** Messages in one room: more than is fetched or stored at once. */
export const MANY_MESSAGES = 2500;

export async function fill(store: Store, messages = MANY_MESSAGES): Promise<void> {
  const { alice, bob, lobby } = await withLobby(store);
  const login = session({ userId: alice.id, userAgent: 'Grüße "quoted"\n' });
  await store.sessions.insertSession(login, PASSWORD_HASH);
  await store.accounts.countAttempt([{ key: 'key', attemptsMax: 5, windowMs: 1000 }], NOON_MS);
  await store.accounts.setLastSeen([{ userId: bob.id, lastSeenAtMs: NOON_MS }]);
  const choice = { status: 'busy', statusText: 'On leave', untilMs: NOON_MS + 1000 } as const;
  await store.accounts.setChosenPresence({ userId: bob.id, ...choice, chosenAtMs: NOON_MS });
  const carol = user('carol');
  await store.accounts.insertUser(carol, NO_PASSWORD);
  await store.sessions.setDisabled(carol.id, NOON_MS, BY);
  await blockUser(store, bob.id, carol.id, NOON_MS);
  const gone = user('gone');
  await store.accounts.insertUser(gone, NO_PASSWORD);
  const removal = { removalId: randomUUIDv7(), messages: 'delete' } as const;
  const names = { username: 'deleted-1', displayName: 'Deleted user' };
  await store.removals.deleteAccount({ userId: gone.id, ...names, ...removal }, BY);
  const aboutCarol = { reporterId: bob.id, userId: carol.id, message: undefined, atMs: NOON_MS };
  const reportId = randomUUIDv7();
  await store.reports.insertReport({ id: reportId, reason: 'spam', ...aboutCarol });
  const decision = { action: 'warn', warningId: randomUUIDv7(), reason: '👋' } as const;
  await store.reports.closeReport(reportId, decision, 0, BY);
  await store.reports.insertReport({ id: randomUUIDv7(), reason: 'again', ...aboutCarol });
  const saved = { messageId: 'm1' as MessageId, roomId: lobby.id, savedAtMs: NOON_MS };
  // Later than any clock: a running server takes a reminder that is due.
  await store.scheduled.insertScheduled(
    {
      ...{ userId: alice.id, id: 's1', roomId: lobby.id, parentId: undefined, content: '👋' },
      ...{ alsoToRoom: false, attachments: [{ url: 'https://files.example/ä' }] },
      ...{ createdAtMs: NOON_MS, sendAtMs: Date.UTC(2999, 0) },
    },
    9,
  );
  await store.saved.saveMessage(alice.id, { ...saved, remindAtMs: Date.UTC(2999, 0) }, 9);
  const group = { id: randomUUIDv7(), handle: 'design', name: 'Grüße', createdAtMs: NOON_MS };
  await store.userGroups.insertUserGroup(group, [alice.id], BY);
  const picture = { width: 2, height: 1, hasThumbnail: false, blurHash: 'L00000fQfQfQfQfQfQfQ' };
  const file = { id: 'f', userId: alice.id, name: 'ä.png', type: 'image/png', size: 9, ...picture };
  const unplaced = { createdAtMs: NOON_MS, roomId: undefined, expiresAtMs: NOON_MS };
  await store.files.insertFile({ ...file, ...unplaced }, 9);
  const emoji = { name: 'party-parrot', fileId: 'f', userId: alice.id, createdAtMs: NOON_MS };
  await store.customEmoji.insertCustomEmoji(emoji, BY);
  const page = { title: 'Grüße', description: undefined, siteName: undefined };
  const url = 'ab'.repeat(32);
  const wanted = { urlDigest: url, url: 'https://example.org/', userId: alice.id };
  const times = { nowMs: NOON_MS, dueAtMs: NOON_MS + 1, expiresAtMs: Date.UTC(2999, 0) };
  await store.linkPreviews.takePreview(wanted, times);
  await store.linkPreviews.settlePreview(
    url,
    { ...page, picture: { fileId: 'f', width: 2, height: 1 } },
    { fetchedAtMs: NOON_MS, expiresAtMs: Date.UTC(2999, 0) },
  );
  // Ended: a running server takes others.
  await store.imports.insertImport({
    ...{
      id: 'i1',
      format: 'slack',
      path: '/Grüße.zip',
      size: 1,
      digest: 'ab',
      operator: 'root@host',
    },
    createdAtMs: NOON_MS,
  });
  const attempt = { holder: 'a', nowMs: NOON_MS, dueAtMs: NOON_MS + 1 };
  await store.imports.takeImport('i1', attempt);
  const failed = { state: 'failed', failure: 'Not an export' } as const;
  await store.imports.endImport({ id: 'i1', holder: 'a' }, failed, NOON_MS);
  await store.serverProfile.setServerName('Grüße', BY);
  await store.serverProfile.setServerLogo('logo', BY);
  const happened = { kind: 'signed_in', atMs: NOON_MS, address: '192.0.2.4' } as const;
  const notice = { ...happened, id: randomUUIDv7(), device: 'Grüße "quoted"', sessionKey: 'key' };
  await store.accounts.insertAccountNotice(alice.id, notice, 9);
  const mailed = { ...happened, to: 'alice@example.org' };
  // Later than any clock, as above.
  const atMs = Date.UTC(2999, 0);
  const mail = { id: randomUUIDv7(), kind: 'account-notice', userId: alice.id } as const;
  await store.accounts.queueMail({ ...mail, notice: mailed, atMs });
  await store.accounts.startSecondFactor(alice.id, 'sealed');
  const proof = { kind: 'totp', sealed: 'sealed', step: 7, resealed: 'sealed' } as const;
  await store.accounts.confirmSecondFactor(alice.id, proof, ['digest'], BY);
  const key = { credentialId: 'AQID', publicKey: 'BAUG', counter: 7, transports: ['internal'] };
  const made = { createdAtMs: NOON_MS, lastUsedAtMs: undefined };
  const passkey = { id: randomUUIDv7(), userId: alice.id, name: 'Laptop', ...key, ...made };
  await store.accounts.insertPasskey(passkey, BY);
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
  const maths = room('maths', { workspaceId: school.id, kind: 'channel' });
  await store.rooms.createRoom(maths, ownedBy(alice), NOON_MS);
  await store.rooms.changeRoom(maths.id, { archivedAtMs: NOON_MS }, undefined);
  const sent = Array.from({ length: messages }, (_, index) =>
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
