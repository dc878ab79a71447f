/** Creates the rooms of an export, and ends the memberships of those who were not in them any more. */
import { LIMITS, type RoomId, type UserId } from '@parley/protocol';
import { privateKeyOf, toRoomName } from '../domain/rooms/room-name.ts';
import { derivedId } from '../model/derived-id.ts';
import { directKeyOf, directRoomIdOf } from '../model/direct-room-identity.ts';
import type { LogCommand } from '../model/log-command.ts';
import type { Room } from '../model/room.ts';
import { DEFAULT_WORKSPACE_ID } from '../model/workspace.ts';
import type { Crypto } from '../ports/crypto.ts';
import type { Store } from '../ports/store.ts';
import type { ExportedHistory, ExportedRoom } from './exported-history.ts';

interface RoomDependencies {
  readonly rooms: Pick<Store['rooms'], 'addMember' | 'changeRoom' | 'createRoom' | 'findRoom'>;
  readonly log: Pick<Store['log'], 'readHeads'>;
  readonly secrets: Pick<Crypto, 'digest'>;
}

/** Of names of the same key. */
const SUFFIX_MAX = 999;
const { roomNameLengthMax, groupMembersMax, topicLengthMax, descriptionLengthMax } = LIMITS;

/**
 * Finds the room of an earlier import, or creates it. Undefined for a direct conversation that exists:
 * its messages are later than those of the export.
 *
 * @param atMs Of its first message: no event is before the creation.
 */
export async function importRoom(
  dependencies: RoomDependencies,
  { origin }: Pick<ExportedHistory, 'origin'>,
  {
    exported,
    memberIds,
    ownerId,
    atMs,
  }: {
    readonly exported: ExportedRoom;
    readonly memberIds: readonly UserId[];
    readonly ownerId: UserId;
    readonly atMs: number;
  },
): Promise<Room | undefined> {
  const { rooms, log } = dependencies;
  const { isDirect, ...identity } = identityOf(dependencies, origin, exported, memberIds);
  const known = await rooms.findRoom({ kind: 'id', id: identity.id }, ownerId);
  // A direct room has the same id whoever creates it.
  if (known !== undefined && isDirect && known.room.createdAtMs > atMs) return undefined;
  const topic = lineOf(exported.topic, topicLengthMax);
  const description = textOf(exported.description, descriptionLengthMax);
  // Without a change, too: a room that has been set up is not deleted for being unused.
  const setUp = async (room: Room): Promise<Room> => {
    const change = { ...(topic && { topic }), ...(description && { description }) };
    await rooms.changeRoom(room.id, change, undefined);
    return room;
  };
  if (known !== undefined) {
    const [head] = await log.readHeads([known.room.id]);
    // The import that created it has perhaps ended there.
    return head?.head.sequence === 0 && !isDirect ? setUp(known.room) : known.room;
  }
  const members = memberIds.map((userId) => {
    const role = !isDirect && userId === ownerId ? ('owner' as const) : ('member' as const);
    return { userId, role };
  });
  for (const name of namesLike(exported.name, exported.key)) {
    const isNamed = identity.kind === 'room' && identity.visibility === 'public';
    const room: Room = {
      ...{ ...identity, workspaceId: DEFAULT_WORKSPACE_ID, createdAtMs: atMs },
      name: identity.kind === 'room' ? name.shown : '',
      nameKey: isNamed ? name.key : identity.nameKey,
    };
    const stored = await rooms.createRoom(room, members, atMs);
    if (stored.id !== room.id) continue; // Another room has the name.
    return isDirect ? stored : setUp(stored);
  }
  throw new Error(`More than ${SUFFIX_MAX} rooms are called ${exported.name}`);
}

/** Authors who have left a room: its members only while something of theirs is stored. */
export class FormerMembers {
  readonly #dependencies: Pick<RoomDependencies, 'rooms'>;
  readonly #room: Room;
  readonly #outside: Set<UserId>;
  readonly #inside: UserId[];

  /** Finds which of them an interrupted import has let in. */
  static async find(
    dependencies: Pick<RoomDependencies, 'rooms'> & {
      readonly accounts: Pick<Store['accounts'], 'findLastSeen'>;
    },
    room: Room,
    userIds: readonly UserId[],
  ): Promise<FormerMembers> {
    const { rooms, accounts } = dependencies;
    const [outside, inside]: [UserId[], UserId[]] = [[], []];
    for (const userId of userIds) {
      const found = await rooms.findRoom({ kind: 'id', id: room.id }, userId);
      if (found?.role === undefined) outside.push(userId);
      // Users who have been here are members because they have joined again.
      else if ((await accounts.findLastSeen(userId)) === undefined) inside.push(userId);
    }
    return new FormerMembers(dependencies, room, { outside, inside });
  }

  private constructor(
    dependencies: Pick<RoomDependencies, 'rooms'>,
    room: Room,
    { outside, inside }: { readonly outside: UserId[]; readonly inside: UserId[] },
  ) {
    this.#dependencies = dependencies;
    this.#room = room;
    this.#outside = new Set(outside);
    this.#inside = inside;
  }

  isOutside(userId: UserId): boolean {
    return this.#outside.has(userId);
  }

  /** Lets in those of these users who have left. */
  async admit(
    userIds: Iterable<UserId>,
    { actorId, atMs }: { readonly actorId: UserId; readonly atMs: number },
  ): Promise<void> {
    for (const userId of userIds) {
      if (!this.#outside.delete(userId)) continue;
      await this.#dependencies.rooms.addMember(this.#room.id, userId, atMs, actorId);
      this.#inside.push(userId);
    }
  }

  /** They leave again. */
  leaving(atMs: number): LogCommand[] {
    return this.#inside.map((userId) => leaving(this.#room.id, userId, atMs));
  }
}

function leaving(roomId: RoomId, userId: UserId, atMs: number): LogCommand {
  return {
    ...{ kind: 'access-lost', roomId, userId, subjectId: userId, reason: 'left' },
    ...{ clientMessageId: undefined, fingerprint: '', admittedAtMs: atMs },
  };
}

function identityOf(
  { secrets }: Pick<RoomDependencies, 'secrets'>,
  origin: string,
  { key, kind, isPrivate }: ExportedRoom,
  memberIds: readonly UserId[],
): Pick<Room, 'id' | 'kind' | 'nameKey' | 'visibility'> & { readonly isDirect: boolean } {
  const [one, other, third] = memberIds;
  if (kind === 'direct' && one !== undefined && other !== undefined && third === undefined) {
    const nameKey = directKeyOf(one, other);
    const id = directRoomIdOf(secrets, nameKey);
    return { id, kind: 'direct', nameKey, visibility: 'private', isDirect: true };
  }
  const id = derivedId<RoomId>(secrets, `${origin}:room:${key}`);
  if (kind === 'group' && memberIds.length <= groupMembersMax) {
    const nameKey = `group:${id}`;
    return { id, kind: 'group', nameKey, visibility: 'private', isDirect: false };
  }
  const visibility = isPrivate || kind !== 'room' ? 'private' : 'public';
  return { id, kind: 'room', nameKey: privateKeyOf({ id }), visibility, isDirect: false };
}

/** The name, then with numbers. */
function* namesLike(written: string, key: string): Generator<{ shown: string; key: string }> {
  const plain = lineOf(written, roomNameLengthMax) ?? '';
  const base = /[\p{L}\p{Nd}]/u.test(plain) ? plain : `room ${key}`.slice(0, roomNameLengthMax);
  yield toRoomName(base, 'name');
  for (let number = 2; number <= SUFFIX_MAX; number += 1) {
    const suffix = `-${number}`;
    const start = [...base].slice(0, roomNameLengthMax - suffix.length).join('');
    yield toRoomName(start + suffix, 'name');
  }
}

function textOf(written: string | undefined, lengthMax: number): string | undefined {
  const text = written?.toWellFormed().replaceAll('\0', '').trim();
  return text ? [...text].slice(0, lengthMax).join('') : undefined;
}

function lineOf(written: string | undefined, lengthMax: number): string | undefined {
  return textOf(
    written?.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' '),
    lengthMax,
  );
}
