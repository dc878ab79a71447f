/** `resume`: opens rooms that the user is a member of, each from the client's position. */

import { ChatError, LIMITS, type RoomId } from '@parley/protocol';
import { PAGE_BYTES_MAX } from '../../model/page-bytes.ts';
import type { Room } from '../../model/room.ts';
import type { Position } from '../../model/room-state.ts';
import type { User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';
import { requireReadPermission } from '../core/read-permission.ts';
import { isDirectOrGroup } from '../delivery/auto-subscribed-kinds.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import { toChatError } from '../errors.ts';
import type { DomainSettings } from '../settings.ts';
import type { OpenedRoom, RoomRequest, SnapshotSubscriber } from './snapshot-subscriber.ts';

interface RoomResumerDependencies {
  readonly settings: Pick<DomainSettings, 'catchUpEventsMax'>;
  readonly store: Pick<Store, 'log' | 'rooms'>;
  readonly opener: Pick<SnapshotSubscriber, 'open'>;
}

export interface ResumeRequest {
  readonly roomId: RoomId;
  readonly position: Position | undefined;
}

/** The result for one room, in the order of the request. */
export type ResumedRoom =
  | OpenedRoom
  | { readonly kind: 'rejected'; readonly roomId: RoomId; readonly error: ChatError };

export class RoomResumer {
  readonly #dependencies: RoomResumerDependencies;

  constructor(dependencies: RoomResumerDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Opens the rooms and calls `reply` once with all of them. A room that does not exist or that the
   * user is not a member of gets an error and does not affect the others.
   */
  async resume(
    connection: ChatConnection,
    requests: readonly ResumeRequest[],
    reply: (rooms: readonly ResumedRoom[]) => void,
  ): Promise<void> {
    // If a room is named twice, the last request counts.
    const requested = [...new Map(requests.map((request) => [request.roomId, request])).values()];
    const found = await Promise.all(requested.map((request) => this.#findOwn(connection, request)));
    const toOpen = found.filter((result) => result.kind === 'found');
    checkOpenRooms(
      connection,
      toOpen.map(({ request }) => request.room),
    );
    await this.#dependencies.opener.open(
      connection,
      toOpen.map(({ request }) => request),
      (opened) => {
        const answers = opened.values();
        reply(
          found.map((result) => {
            if (result.kind === 'rejected') return result;
            const { room: asked } = result.request;
            const answer = answers.next().value;
            if (answer?.kind === 'opened') return answer;
            return {
              kind: 'rejected',
              roomId: asked.id,
              error: answer?.error ?? toChatError(undefined),
            };
          }),
        );
      },
    );
  }

  /** Whether every room could be caught up from its position now. */
  async canResume({ id: userId }: User, requests: readonly ResumeRequest[]): Promise<boolean> {
    const { store, settings } = this.#dependencies;
    for (const { roomId, position } of requests) {
      const { catchUpEventsMax: catchUpMax } = settings;
      const limits = { historyCount: 0, catchUpMax, bytesMax: PAGE_BYTES_MAX };
      const state = await store.log.readRoom({ roomId, userId, position, ...limits });
      if (state?.isMember !== true || state.truncated) return false;
    }
    return true;
  }

  async #findOwn(
    { user }: ChatConnection,
    { roomId, position }: ResumeRequest,
  ): Promise<
    | { readonly kind: 'found'; readonly request: RoomRequest }
    | { readonly kind: 'rejected'; readonly roomId: RoomId; readonly error: ChatError }
  > {
    const { store } = this.#dependencies;
    try {
      const found = await store.rooms.findRoom({ kind: 'id', id: roomId }, user.id);
      const { room, role } = requireReadPermission(found);
      if (role === undefined) throw new ChatError('FORBIDDEN');
      return { kind: 'found', request: { room, position } };
    } catch (error) {
      return { kind: 'rejected', roomId, error: toChatError(error) };
    }
  }
}

function checkOpenRooms({ openRooms: open }: ChatConnection, requested: readonly Room[]): void {
  const all = new Map(open.map(({ stream }) => [stream.room.id, stream.room]));
  for (const room of requested) all.set(room.id, room);
  if ([...all.values()].filter((room) => !isDirectOrGroup(room)).length <= LIMITS.openRoomsMax)
    return;
  const message = `At most ${LIMITS.openRoomsMax} rooms can be open on one connection`;
  throw new ChatError('CONFLICT', { field: 'rooms', message });
}
