/** How a room appears to its members: under its name, or as its other members. */

import { LIMITS, type RoomId, type UserId } from '@parley/protocol';
import type { Member } from '../../model/client-event.ts';
import { recipientOf } from '../../model/direct-room-identity.ts';
import type { Room } from '../../model/room.ts';
import type { RoomMember } from '../../model/room-member.ts';
import type { User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';
import { isDirectOrGroup } from '../delivery/auto-subscribed-kinds.ts';
import { withoutPresence } from '../presence/presence-broadcaster.ts';
import type { UserPresence } from '../presence/user-presence.ts';

interface RoomDisplayNamesDependencies {
  readonly store: Pick<Store, 'accounts' | 'invitations' | 'rooms'>;
  readonly presence: Pick<UserPresence, 'absent' | 'isHiddenIn' | 'loadConsent' | 'members'>;
}

export interface RoomDisplayName {
  /** The room's name; for a direct or group room without a name, the names of the other members and invited users. */
  readonly title: string;
  /** The other user of a direct room, with their presence. */
  readonly person: Member | undefined;
}

export class RoomDisplayNames {
  readonly #dependencies: RoomDisplayNamesDependencies;

  constructor(dependencies: RoomDisplayNamesDependencies) {
    this.#dependencies = dependencies;
  }

  async find(userId: UserId, room: Room): Promise<RoomDisplayName> {
    return (await this.findAll(userId, [room])).get(room.id) ?? byName(room);
  }

  /** With up to six reads of the store for any number of rooms; with none if all of them have names. */
  async findAll(
    userId: UserId,
    rooms: readonly Room[],
  ): Promise<ReadonlyMap<RoomId, RoomDisplayName>> {
    const { store, presence } = this.#dependencies;
    const titles = new Map(rooms.map((room) => [room.id, byName(room)]));
    const unnamed = rooms.filter((room) => room.name === '' && isDirectOrGroup(room));
    if (unnamed.length === 0) return titles;
    const ids = unnamed.map(({ id }) => id);
    const membersOf = await store.rooms.listMembersOf(ids, LIMITS.groupMembersMax);
    const groupIds = unnamed.filter(({ kind }) => kind === 'group').map(({ id }) => id);
    const invitedTo = groupIds.length === 0 ? NONE : await store.invitations.listInvited(groupIds);
    const absent = await this.#findAbsent(userId, unnamed, membersOf);
    const others = unnamed.map((room) => ({
      room,
      members: [...(membersOf.get(room.id) ?? []), ...(absent.get(room.id) ?? [])].filter(
        ({ user }) => user.id !== userId,
      ),
      invited: (invitedTo.get(room.id) ?? []).filter(({ id }) => id !== userId),
    }));
    const persons = others.flatMap(({ room, members: [other] }) =>
      room.kind === 'direct' && other !== undefined ? [other] : [],
    );
    const people = persons.map(({ user }) => user.id);
    await presence.loadConsent(unnamed);
    const present = new Map(presence.members(people).map((member) => [member.userId, member]));
    const offline = await presence.absent(persons.filter(({ user }) => !present.has(user.id)));
    const hidden = new Set(
      people.length === 0 ? [] : await store.accounts.listBlockedBetween(userId, people),
    );
    for (const { room, members, invited } of others) {
      // Invited users too, at the same place: a user who is only invited because of a block must
      // look like a member.
      const people = new Map(
        [...invited, ...members.map(({ user }) => user)].map((user) => [user.id, user]),
      );
      const title = [...people.values()]
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .map(({ displayName }) => displayName)
        .join(', ');
      const [other] = room.kind === 'direct' ? members : [];
      titles.set(room.id, { title, person: other && personOf(room, other.user.id) });
    }
    return titles;

    function personOf(room: Room, otherId: UserId): Member | undefined {
      const person = present.get(otherId) ?? offline.get(otherId);
      const isHidden = hidden.has(otherId) || presence.isHiddenIn(room, otherId, userId);
      return person && isHidden ? withoutPresence(person) : person;
    }
  }

  /** The other users of direct rooms who are not members: they have blocked the user. */
  async #findAbsent(userId: UserId, rooms: readonly Room[], membersOf: Members): Promise<Members> {
    const absent = rooms.flatMap((room) => {
      const otherId = recipientOf(room, userId);
      const members = membersOf.get(room.id) ?? [];
      const isMissing = !members.some(({ user }) => user.id === otherId);
      return otherId !== undefined && isMissing ? [{ roomId: room.id, otherId }] : [];
    });
    if (absent.length === 0) return new Map();
    const users = await this.#dependencies.store.accounts.listUsers(
      absent.map(({ otherId }) => otherId),
    );
    const byId = new Map(users.map((user) => [user.id, user]));
    return new Map(
      absent.flatMap(({ roomId, otherId }): [RoomId, RoomMember[]][] => {
        const user = byId.get(otherId);
        if (user === undefined) return [];
        return [[roomId, [{ user, role: 'member', lastSeenAtMs: undefined }]]];
      }),
    );
  }
}

type Members = ReadonlyMap<RoomId, readonly RoomMember[]>;

const NONE: ReadonlyMap<RoomId, readonly User[]> = new Map();

function byName({ name: title }: Room): RoomDisplayName {
  return { title, person: undefined };
}
