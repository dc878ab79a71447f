/**
 * The rooms of an export: those of which the user is a member or was one, with the messages, reactions and files of the
 * user, and both sides of direct conversations that the user can read. Rooms are read page by page, and once more for
 * what the first read has found: nothing is collected in memory.
 */
import { fileIdsOf, type RoomId, type UserId } from '@parley/protocol';
import { recipientOf } from '../../model/direct-room-identity.ts';
import type { Message } from '../../model/message.ts';
import type { OwnRoom } from '../../model/room-member.ts';
import type { User } from '../../model/user.ts';
import type { FileStorage } from '../../ports/file-storage.ts';
import type { Store } from '../../ports/store.ts';
import type { ExportedFile } from './export-reading.ts';

/** Log of which one page is read at a time for all exports. */
type ReadInTurns = Pick<Store['log'], 'readHistory' | 'readVersions'>;

interface ExportedRoomsDependencies {
  readonly store: Pick<Store, 'accounts' | 'rooms' | 'scheduled'> & { readonly log: ReadInTurns };
  readonly fileStorage: Pick<FileStorage, 'open'>;
}

/** Bytes of all files of an export; messages name the files above it, which have their addresses. */
const FILE_BYTES_MAX = 1024 ** 3;
const ROOMS_PAGE = 100;
/** Messages in one read: others wait for no more than a page, and one of the longest texts takes a millisecond or two. */
const MESSAGES_PAGE = 25;

/** Found by the first read of the messages. */
interface Found {
  hasReactions: boolean;
  hasFiles: boolean;
}

export async function* exportRooms(
  dependencies: ExportedRoomsDependencies,
  user: User,
): AsyncGenerator<ExportedFile> {
  const { store } = dependencies;
  yield { name: 'rooms.jsonl', pieces: roomLines(store, user) };
  const budget = { bytes: FILE_BYTES_MAX };
  for await (const own of ownRooms(store, user)) {
    const { roomId } = own;
    const found = { hasReactions: false, hasFiles: false };
    yield { name: `messages/${roomId}.jsonl`, pieces: messageLines(store, { user, own, found }) };
    if (found.hasReactions) {
      yield { name: `reactions/${roomId}.jsonl`, pieces: reactionLines(store, user, roomId) };
    }
    if (!found.hasFiles) continue;
    for await (const messages of readRoom(store, roomId)) {
      yield* contentsOf(dependencies, messages.filter(isOwn(user)).flatMap(filesOf), budget);
    }
  }
  // Last: those of a message that is sent meanwhile are in its room or here, never in both.
  const scheduled = await store.scheduled.listScheduled(user.id);
  yield* contentsOf(dependencies, scheduled.flatMap(filesOf), budget);
}

async function* ownRooms({ rooms }: Pick<Store, 'rooms'>, { id }: User): AsyncGenerator<OwnRoom> {
  let after: RoomId | undefined;
  do {
    const page = await rooms.listOwnRooms(id, { after, limit: ROOMS_PAGE });
    yield* page.filter(({ isDeleted }) => !isDeleted);
    after = page.length < ROOMS_PAGE ? undefined : page.at(-1)?.roomId;
  } while (after !== undefined);
}

/** Of a room that the user has left, only that it was one, and a ban. */
async function* roomLines(
  store: Pick<Store, 'accounts' | 'rooms'>,
  user: User,
): AsyncGenerator<string> {
  for await (const own of ownRooms(store, user)) {
    const found = await store.rooms.findRoom({ kind: 'id', id: own.roomId }, user.id);
    if (found === undefined) continue;
    const { room, role, ban, mute } = found;
    const otherId = recipientOf(room, user.id);
    const [other] = otherId === undefined ? [] : await store.accounts.listUsers([otherId]);
    yield lineOf({
      ...{ id: room.id, kind: room.kind, name: room.name, visibility: room.visibility },
      with: other?.username,
      ...(role === undefined ? { left: true } : { role, notifications: own.level }),
      joinedAt: own.joinedAtMs === undefined ? undefined : timeOf(own.joinedAtMs),
      readUpTo: own.readUpTo,
      readAt: own.readAtMs === undefined ? undefined : timeOf(own.readAtMs),
      banned: ban && { until: endOf(ban), reason: ban.reason },
      muted: mute && { until: endOf(mute), reason: mute.reason },
    });
  }
}

async function* messageLines(
  { accounts, log }: Pick<Store, 'accounts'> & { readonly log: ReadInTurns },
  { user, own, found }: { readonly user: User; readonly own: OwnRoom; readonly found: Found },
): AsyncGenerator<string> {
  const { roomId, kind, role } = own;
  // Both sides are the user's, as long as the user can read them.
  const hasBoth = kind === 'direct' && role !== undefined;
  const names = new Map<UserId, string>([[user.id, user.username]]);
  for await (const messages of readRoom({ log }, roomId)) {
    const ofUser = messages.filter(isOwn(user));
    found.hasFiles ||= ofUser.some((each) => filesOf(each).length > 0);
    found.hasReactions ||= messages.some((each) => reactionsOf(user, each).length > 0);
    const shown = hasBoth ? messages.filter(({ isDeleted }) => !isDeleted) : ofUser;
    for (const each of shown) {
      if (hasBoth && !names.has(each.userId)) {
        const [author] = await accounts.listUsers([each.userId]);
        names.set(each.userId, author?.username ?? each.userId);
      }
      const from = hasBoth ? { from: names.get(each.userId) } : {};
      const earlier = each.userId === user.id ? await earlierOf({ log }, each) : {};
      yield lineOf({ ...toExported(each), ...from, ...earlier });
    }
  }
}

/** The texts that edits of the message have replaced. */
async function earlierOf(
  { log }: { readonly log: ReadInTurns },
  { roomId, sequence, editedAtMs }: Message,
): Promise<object> {
  if (editedAtMs === undefined) return {};
  const versions = await log.readVersions(roomId, sequence);
  if (versions.length === 0) return {};
  const earlier = versions.map(({ content, writtenAtMs }) => ({
    ...{ content, editedAt: timeOf(writtenAtMs) },
  }));
  return { earlier };
}

/** Of a reaction that very many users have, the first ones are listed. */
async function* reactionLines(
  store: { readonly log: ReadInTurns },
  user: User,
  roomId: RoomId,
): AsyncGenerator<string> {
  for await (const messages of readRoom(store, roomId)) {
    yield messages
      .flatMap((each) =>
        reactionsOf(user, each).map((emoji) => lineOf({ messageId: each.id, emoji })),
      )
      .join('');
  }
}

async function* readRoom(
  { log }: { readonly log: ReadInTurns },
  roomId: RoomId,
): AsyncGenerator<readonly Message[]> {
  for (let after = 0; ; ) {
    const page = { roomId, before: undefined, after, limit: MESSAGES_PAGE };
    const { messages, hasMore } = await log.readHistory(page);
    yield messages;
    const last = messages.at(-1);
    if (!hasMore || last === undefined) return;
    after = last.sequence;
  }
}

/** The files of messages, for as long as there is space. */
async function* contentsOf(
  { fileStorage }: Pick<ExportedRoomsDependencies, 'fileStorage'>,
  fileIds: readonly string[],
  budget: { bytes: number },
): AsyncGenerator<ExportedFile> {
  for (const id of fileIds) {
    const file = await fileStorage.open(id, 'content');
    if (file === undefined) continue;
    if (file.size > budget.bytes || file.size === 0) {
      await file.close();
      continue;
    }
    budget.bytes -= file.size;
    yield { name: `files/${id}`, pieces: file.read(0, file.size - 1) };
  }
}

function isOwn({ id }: User): (message: Message) => boolean {
  return ({ userId, isDeleted }) => userId === id && !isDeleted;
}

const filesOf = ({ attachments }: Pick<Message, 'attachments'>) => fileIdsOf(attachments);

/** The emojis of the user. */
function reactionsOf({ id }: User, { reactions }: Message): string[] {
  return reactions.filter(({ userIds }) => userIds.includes(id)).map(({ emoji }) => emoji);
}

function toExported(message: Message): object {
  const { id, createdAtMs, editedAtMs, content, attachments, reply } = message;
  return {
    ...{ id, createdAt: timeOf(createdAtMs) },
    ...(editedAtMs !== undefined && { editedAt: timeOf(editedAtMs) }),
    content,
    ...(attachments.length > 0 && { attachments }),
    ...(reply !== undefined && { parentMessageId: reply.parentId }),
    ...(reply?.alsoToRoom === true && { alsoToRoom: true }),
  };
}

function endOf({ untilMs }: { readonly untilMs?: number | undefined }): string | null {
  return untilMs === undefined ? null : timeOf(untilMs);
}

export function lineOf(row: object): string {
  return `${JSON.stringify(row)}\n`;
}

export function timeOf(atMs: number): string {
  return new Date(atMs).toISOString();
}
