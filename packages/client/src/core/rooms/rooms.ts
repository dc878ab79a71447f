/** The rooms of the native dialect: also loads older pages. `resume.ts` fetches what was missed. */
import { ChatError, CORE_LIMITS, type MemberPayload, type RoomId } from '@parley/protocol';
import type { RequestCorrelator } from '../connection/request-correlator.ts';
import type { Environment } from '../environment.ts';
import { toMessage } from '../messages/message.ts';
import { MESSAGES_PER_ROOM_MAX } from '../messages/message-window.ts';
import type { ClientStore } from '../snapshot.ts';
import { updatePresence } from './presence-state.ts';
import type { RoomLog } from './room-log.ts';
import { type Joined, type JoinOutcome, RoomSet, type RoomsOptions } from './room-set.ts';
import type { RoomState } from './room-state.ts';

export class Rooms extends RoomSet {
  readonly #requests: RequestCorrelator;
  readonly #olderPages = new Map<RoomId, Promise<void>>();

  constructor(
    environment: Environment,
    { requests, store }: { readonly requests: RequestCorrelator; readonly store: ClientStore },
    options: RoomsOptions,
  ) {
    super(environment, store, options);
    this.#requests = requests;
  }

  /**
   * Fetches the page before the oldest message, if there is one; a page that is loading is not
   * requested twice.
   *
   * @throws {ChatError} The server's error; `NOT_IN_ROOM`; `UNAVAILABLE`.
   */
  async loadOlder(roomId: RoomId): Promise<void> {
    const { connection, rooms } = this.store.getSnapshot();
    const room = rooms.get(roomId);
    if (room?.kind !== 'open') throw new ChatError('NOT_IN_ROOM');
    const before = room.log.messages[0]?.sequence;
    if (!canLoadOlder(room) || before === undefined) return;
    if (connection.kind !== 'open') throw new ChatError('UNAVAILABLE');
    if (room.olderPages === 'loading') {
      await this.#olderPages.get(roomId);
      return;
    }
    this.apply(roomId, { kind: 'older_requested' });
    const loading = new Promise<void>((resolve, reject) => {
      const limit = CORE_LIMITS.historyPageDefault;
      this.#requests.ask('get_history', { roomId, before, limit }, (outcome) => {
        if (outcome.kind === 'answered') {
          const { messages, hasMore, memberships } = outcome.payload;
          const page = { before, messages: messages.map(toMessage), hasMore };
          this.apply(roomId, { kind: 'older_page', page, memberships });
          resolve();
        } else {
          const isRefused = outcome.kind === 'refused';
          if (isRefused) this.apply(roomId, { kind: 'older_failed' });
          reject(isRefused ? outcome.error : new ChatError('UNAVAILABLE'));
        }
      });
    });
    this.#olderPages.set(roomId, loading);
    await loading.finally(() => this.#olderPages.delete(roomId));
  }

  mergePresence(people: readonly MemberPayload[]): void {
    this.store.update({ presence: updatePresence(this.store.getSnapshot().presence, people) });
  }

  override onJoined(joined: Joined): void {
    this.mergePresence(joined.members);
    super.onJoined(joined);
  }

  protected override askJoin(
    { id: roomId }: RoomState,
    onOutcome: (outcome: JoinOutcome) => void,
  ): void {
    // An id never creates a room, even if a name was passed as an id.
    this.#requests.ask('join_room', { roomId, create: false }, onOutcome);
  }

  protected override askLeave(roomId: RoomId): void {
    this.#requests.ask('leave_room', { roomId }, () => {});
  }
}

/** Whether an older page exists and fits. */
export function canLoadOlder({
  log,
}: {
  readonly log: Pick<RoomLog, 'hasOlder' | 'messages'>;
}): boolean {
  return (
    log.hasOlder && log.messages.length + CORE_LIMITS.historyPageDefault <= MESSAGES_PER_ROOM_MAX
  );
}
