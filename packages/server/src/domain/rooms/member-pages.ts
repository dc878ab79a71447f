/** Reads the users who belong to a room, whether or not they have it open, page by page. */

import {
  ChatError,
  foldName,
  isLongerThan,
  LIMITS,
  matchName,
  type RoomId,
  type UserId,
} from '@parley/protocol';
import type { Member } from '../../model/client-event.ts';
import { recipientOf } from '../../model/direct-room-identity.ts';
import { longestWord } from '../../model/name-keys.ts';
import { cutPage } from '../../model/page.ts';
import type { Room, RoomRole } from '../../model/room.ts';
import type { MembersPage, RoomMember } from '../../model/room-member.ts';
import type { User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { findReadable } from '../core/read-permission.ts';
import { isDirectOrGroup } from '../delivery/auto-subscribed-kinds.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import { withoutPresence } from '../presence/presence-broadcaster.ts';
import type { UserPresence } from '../presence/user-presence.ts';
import type { Cursors } from '../primitives/cursors.ts';
import { countVisibleParticipants } from './visible-participants.ts';

interface MemberPagesDependencies {
  readonly store: Pick<Store, 'accounts' | 'invitations' | 'rooms'>;
  readonly streams: Pick<RoomStreamRegistry, 'get'>;
  readonly cursors: Cursors;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly presence: Pick<
    UserPresence,
    'absent' | 'isHidden' | 'isHiddenIn' | 'loadConsent' | 'members'
  >;
}

interface MembersRequest {
  readonly roomId: RoomId;
  /** Only those one of whose names has words that begin with the words of this text. */
  readonly q: string | undefined;
  /** From the page before, or the id of a user. */
  readonly after: string | undefined;
  readonly limit: number | undefined;
}

interface RoomMembersPage {
  readonly members: readonly (Member & { readonly role: RoomRole })[];
  /** Users who have the room open. */
  readonly memberCount: number;
  readonly memberTotal: number;
  readonly hasMore: boolean;
  readonly next: string | undefined;
}

/** Maximum number of members whom a search lists. */
const FOUND_MAX = 100;
/** Maximum number of members, and of names, among which a search looks. */
const SEARCHED_MAX = 1000;
const BOUNDS = { sortedMax: 1000, searchedMax: 5000 } as const;

export class MemberPages {
  readonly #dependencies: MemberPagesDependencies;

  constructor(dependencies: MemberPagesDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Sorted by username, without disabled users. A page may be short although there are more: `next`
   * continues the list. Of a search, `hasMore` without `next` says that the text fits more members.
   *
   * @throws {ChatError} VALIDATION_ERROR for a long `q` or if `after` is not a user; NOT_FOUND,
   *   FORBIDDEN, UNAVAILABLE.
   */
  async read(
    { id: viewerId }: Pick<User, 'id'>,
    request: MembersRequest,
  ): Promise<RoomMembersPage> {
    const { roomId, limit = LIMITS.membersPageDefault } = request;
    const { presence, store, streams } = this.#dependencies;
    const text = foldName((request.q ?? '').trim().replace(/^@/u, ''));
    if (isLongerThan(text, LIMITS.displayNameLengthMax)) {
      throw new ChatError('VALIDATION_ERROR', { field: 'q' });
    }
    const { room, role, workspaceRole } = await findReadable({ store }, viewerId, roomId);
    const after = await this.#usernameAfter(viewerId, request.after);
    const page: MembersPage & { readonly isCut?: boolean } =
      text === '' && !isDirectOrGroup(room)
        ? await this.#list(room, { after, limit })
        : await this.#search(room, viewerId, { text, after, limit });
    const totals = await store.rooms.countMembers([roomId]);
    // Users who only look at a public room share nothing with those in it.
    const isOutside = role === undefined && workspaceRole === undefined;
    const described = await this.#describe(room, viewerId, page.members);
    const stream = streams.get(roomId);
    return {
      members: isOutside
        ? described.map((member) => ({ ...withoutPresence(member), role: member.role }))
        : described,
      memberCount:
        stream === undefined ? 0 : countVisibleParticipants({ presence }, stream, viewerId),
      memberTotal: totals.get(roomId) ?? 0,
      hasMore: page.next !== undefined || page.isCut === true,
      next: this.#cursorOf(viewerId, page),
    };
  }

  /** Those who are invited stand where they will: a block must not show. */
  async #list(
    room: Room,
    { after, limit }: { readonly after: string; readonly limit: number },
  ): Promise<MembersPage> {
    const { store, clock } = this.#dependencies;
    const bounds = { ...BOUNDS, nowMs: clock.nowMs() };
    const page = await store.rooms.listMembersByName(room.id, { after, limit, ...bounds });
    const invited = await this.#findInvited(room, page.members);
    if (invited.length === 0) return page;
    const from = after.toLowerCase();
    const to = page.next?.toLowerCase();
    const all = [
      ...page.members,
      ...invited.filter(({ user }) => {
        const key = keyOf(user);
        return key > from && (to === undefined || key <= to);
      }),
    ].sort(byName);
    const { items: members, next = page.next } = cutPage(all, limit, ({ user }) => user.username);
    return { members, next };
  }

  /** Users who are invited to the room, as members; without those who are listed. */
  async #findInvited({ id }: Room, listed: readonly RoomMember[]): Promise<RoomMember[]> {
    const { invitations } = this.#dependencies.store;
    return toAbsent((await invitations.listInvited([id])).get(id) ?? [], listed);
  }

  async #search(
    room: Room,
    viewerId: UserId,
    {
      text,
      after,
      limit,
    }: { readonly text: string; readonly after: string; readonly limit: number },
  ) {
    const { store, clock } = this.#dependencies;
    const bounds = { limit: FOUND_MAX + 1, scannedMax: SEARCHED_MAX, nowMs: clock.nowMs() };
    const all = isDirectOrGroup(room)
      ? await this.#fewMembers(room, viewerId)
      : await store.accounts.listMembersByWord(room.id, longestWord(text), bounds);
    const invited = isDirectOrGroup(room) ? [] : await this.#findInvited(room, all);
    const key = after.toLowerCase();
    const found = [...all.slice(0, FOUND_MAX), ...invited]
      .filter(({ user }) => {
        const rank = matchName([user.username, user.displayName], text);
        return rank !== undefined && rank < 2 && keyOf(user) > key;
      })
      .sort(byName);
    const { items: members, next } = cutPage(found, limit, ({ user }) => user.username);
    return { members, next, isCut: all.length > FOUND_MAX };
  }

  /** With those whom the titles of such rooms name: that somebody is missing could show a block. */
  async #fewMembers(room: Room, viewerId: UserId): Promise<readonly RoomMember[]> {
    const { clock, store } = this.#dependencies;
    const { accounts, rooms } = store;
    const nowMs = clock.nowMs();
    const first = { after: '', limit: LIMITS.groupMembersMax, ...BOUNDS, nowMs };
    const { members } = await rooms.listMembersByName(room.id, first);
    const otherId = recipientOf(room, viewerId);
    const absent =
      otherId === undefined
        ? await this.#findInvited(room, members)
        : toAbsent(await accounts.listUsers([otherId]), members);
    return [...members, ...absent];
  }

  async #describe(room: Room, viewerId: UserId, members: readonly RoomMember[]) {
    const { presence, store } = this.#dependencies;
    const ids = members.map(({ user }) => user.id);
    await presence.loadConsent([room]);
    const here = new Map(presence.members(ids, viewerId).map((member) => [member.userId, member]));
    const absent = await presence.absent(members.filter(({ user }) => !here.has(user.id)));
    const blocked = new Set(await store.accounts.listBlockedBetween(viewerId, ids));
    return members.flatMap(({ user, role }) => {
      const member = here.get(user.id) ?? absent.get(user.id);
      if (member === undefined) return [];
      const isHidden = blocked.has(user.id) || presence.isHiddenIn(room, user.id, viewerId);
      const shown = isHidden ? withoutPresence(member) : member;
      return [{ ...shown, displayName: user.displayName, role }];
    });
  }

  /** The last member, or a sealed name: that of a user who is no member is not shown. */
  #cursorOf(viewerId: UserId, { members, next }: MembersPage): string | undefined {
    const last = members.at(-1);
    if (next === undefined) return undefined;
    return last !== undefined && keyOf(last.user) === next.toLowerCase()
      ? last.user.id
      : this.#dependencies.cursors.seal('members 1', viewerId, next);
  }

  /** @throws {ChatError} VALIDATION_ERROR, UNAVAILABLE. */
  async #usernameAfter(viewerId: UserId, after: string | undefined): Promise<string> {
    if (after === undefined) return '';
    const { cursors, store } = this.#dependencies;
    const sealed = cursors.open<string>('members 1', viewerId, after);
    if (sealed !== undefined) return sealed;
    const found = await store.accounts.findUser({ kind: 'id', id: after as UserId });
    if (found !== undefined) return found.username;
    const message = "'after' is neither a known user nor 'next' of the page before";
    throw new ChatError('VALIDATION_ERROR', { field: 'after', message });
  }
}

/** Users as members who were never seen, without those who are listed. */
function toAbsent(users: readonly User[], listed: readonly RoomMember[]): RoomMember[] {
  const known = new Set(listed.map(({ user }) => user.id));
  const absent = users.filter(({ id }) => !known.has(id));
  return absent.map((user) => ({ user, role: 'member', lastSeenAtMs: undefined }));
}

function keyOf({ username }: User): string {
  return username.toLowerCase();
}

function byName({ user: a }: RoomMember, { user: b }: RoomMember): number {
  return keyOf(a) < keyOf(b) ? -1 : 1;
}
