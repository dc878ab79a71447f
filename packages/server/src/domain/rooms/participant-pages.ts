/** Reads the users who are in a room now, page by page. */

import { ChatError, LIMITS, type RoomId, type UserId } from '@parley/protocol';
import type { Member } from '../../model/client-event.ts';
import { cutPage } from '../../model/page.ts';
import type { Store } from '../../ports/store.ts';
import { findReadable } from '../core/read-permission.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import { withoutPresence } from '../presence/presence-broadcaster.ts';
import type { UserPresence } from '../presence/user-presence.ts';
import { take } from '../primitives/take.ts';
import {
  countVisibleParticipants,
  describeParticipants,
  visibleParticipants,
} from './visible-participants.ts';

interface ParticipantPagesDependencies {
  readonly store: Pick<Store, 'accounts' | 'rooms'>;
  readonly streams: Pick<RoomStreamRegistry, 'get'>;
  readonly presence: Pick<UserPresence, 'isHidden' | 'isHiddenIn' | 'members'>;
}

interface ParticipantsPage {
  readonly members: readonly Member[];
  readonly memberCount: number;
  readonly hasMore: boolean;
  readonly next: UserId | undefined;
}

export class ParticipantPages {
  readonly #dependencies: ParticipantPagesDependencies;

  constructor(dependencies: ParticipantPagesDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * The users who are in the room now, by username. A page follows `after` even if that user has left
   * meanwhile.
   *
   * @throws {ChatError} VALIDATION_ERROR if `after` is not a user; NOT_FOUND, FORBIDDEN, UNAVAILABLE.
   */
  async read(
    connection: Pick<ChatConnection, 'user'> & Partial<Pick<ChatConnection, 'openRoom'>>,
    page: {
      readonly roomId: RoomId;
      readonly after: UserId | undefined;
      readonly limit: number | undefined;
    },
  ): Promise<ParticipantsPage> {
    const { id: userId } = connection.user;
    const { role, workspaceRole } = await findReadable(this.#dependencies, userId, page.roomId);
    const last = page.after === undefined ? undefined : await this.#usernameOf(page.after);
    const stream = this.#dependencies.streams.get(page.roomId);
    const { presence } = this.#dependencies;
    const nameOf = (id: UserId) => presence.members([id])[0]?.username ?? '';
    if (stream === undefined) {
      return { members: [], memberCount: 0, hasMore: false, next: undefined };
    }
    const { participants } = stream;
    const sorted = participants.byName(last, nameOf);
    const visible = visibleParticipants({ presence }, stream, userId, sorted);
    const limit = page.limit ?? LIMITS.membersPageDefault;
    const found = [...take(visible, limit + 1)];
    const { items, hasMore, next } = cutPage(found, limit, (id) => id);
    const described = describeParticipants({ presence }, participants, items, userId);
    // Users who only look at a public room share nothing with those in it.
    const isOutside = role === undefined && workspaceRole === undefined;
    const members = isOutside ? described.map(withoutPresence) : described;
    connection.openRoom?.(page.roomId)?.noteListed();
    const memberCount = countVisibleParticipants({ presence }, stream, userId);
    return { members, memberCount, hasMore, next };
  }

  /** @throws {ChatError} VALIDATION_ERROR, UNAVAILABLE. */
  async #usernameOf(after: UserId): Promise<string> {
    const { presence, store } = this.#dependencies;
    const [here] = presence.members([after]);
    const found = here ?? (await store.accounts.findUser({ kind: 'id', id: after }));
    if (found !== undefined) return found.username;
    const message = "'after' is not a known user";
    throw new ChatError('VALIDATION_ERROR', { field: 'after', message });
  }
}
