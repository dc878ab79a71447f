/** Subscribes a connection to a direct room, by its id, and catches it up. */

import { ChatError, type RoomId } from '@parley/protocol';
import type { LogHead, RoomEvent } from '../../model/room-event.ts';
import type { Position } from '../../model/room-state.ts';
import type { Store } from '../../ports/store.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import { unavailable } from '../errors.ts';
import { findReadTimesFrom, type ReadTimesDependencies } from '../messages/message-read-times.ts';
import type { SnapshotSubscriber } from '../rooms/snapshot-subscriber.ts';
import type { DomainSettings } from '../settings.ts';
import type { DirectPage, DirectRoomReader } from './direct-room-reader.ts';

interface DirectRoomSubscriberDependencies {
  readonly settings: Pick<DomainSettings, 'catchUpEventsMax'>;
  readonly store: Pick<Store, 'accounts' | 'log' | 'rooms'>;
  readonly presence: ReadTimesDependencies['presence'];
  readonly opener: Pick<SnapshotSubscriber, 'open'>;
  readonly directRoomReader: Pick<DirectRoomReader, 'find'>;
}

/** The first reply to a subscriber, and the head that it corresponds to. */
interface DirectSubscription extends DirectPage {
  readonly head: Pick<LogHead, 'sequence' | 'epoch' | 'firstSequence'>;
  /** Too much was missed: no missed messages are included. */
  readonly truncated: boolean;
  /** Other missed events, as in `RoomState`. */
  readonly events: readonly RoomEvent[];
}

export class DirectRoomSubscriber {
  readonly #dependencies: DirectRoomSubscriberDependencies;

  constructor(dependencies: DirectRoomSubscriberDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Calls `reply` with what was missed since the position, before anything later is sent. The room
   * may be open already; it is open afterwards.
   *
   * @throws {ChatError} NOT_FOUND, UNAVAILABLE.
   */
  async subscribe(
    connection: ChatConnection,
    { roomId, position }: { readonly roomId: RoomId; readonly position: Position | undefined },
    reply: (subscription: DirectSubscription) => void,
  ): Promise<void> {
    const room = await this.#dependencies.directRoomReader.find(connection.user, roomId);
    const missed = position && {
      from: position.lastSequence + 1,
      limit: this.#dependencies.settings.catchUpEventsMax,
    };
    const readAtMsOf = await findReadTimesFrom(
      this.#dependencies,
      room,
      connection.user.id,
      missed,
    );
    if (position === undefined && connection.hasOpen(roomId)) {
      const { firstSequence } = await this.#readHead(connection, roomId);
      const subscription = connection.openRoom(roomId);
      // The stored log may be a later one, which the position is not of.
      const epoch = subscription?.stream.epoch;
      if (subscription === undefined || epoch === undefined) throw unavailable();
      // The subscription goes on unchanged: the reply delays and repeats nothing.
      const head = { sequence: subscription.position, epoch, firstSequence };
      reply({ room, head, truncated: false, messages: [], events: [], readAtMsOf });
      return;
    }
    let rejection: ChatError | undefined;
    await this.#dependencies.opener.open(connection, [{ room, position }], ([result]) => {
      if (result?.kind !== 'opened') {
        rejection = result?.error;
        return;
      }
      const { head, truncated, history, events } = result.state;
      const messages = position === undefined || truncated ? [] : history;
      reply({ room, head, truncated, messages, events, readAtMsOf });
    });
    if (rejection !== undefined) throw rejection;
  }

  async #readHead({ user }: ChatConnection, roomId: RoomId): Promise<LogHead> {
    const { store } = this.#dependencies;
    const request = { roomId, userId: user.id, position: undefined, bytesMax: 0 };
    const state = await store.log.readRoom({ ...request, historyCount: 0, catchUpMax: 0 });
    if (state === undefined) throw new ChatError('NOT_FOUND');
    return state.head;
  }
}
