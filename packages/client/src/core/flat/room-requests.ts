/**
 * The core's requests for rooms. Frames of these dialects have no ids: the joins of a room are
 * answered in the order in which they were sent.
 */
import type { ClientPayload, RoomId } from '@parley/protocol';
import type { PendingRequests, Settled } from '../connection/pending-requests.ts';
import type { Outcome, RequestType } from '../connection/request-correlator.ts';
import { type AnyFlatDialect, type FlatFrame, type JoinState, targetOf } from './dialect.ts';

export class RoomRequests {
  readonly #dialect: AnyFlatDialect;
  readonly #requests: PendingRequests;
  readonly #send: (frame: FlatFrame) => boolean;
  /** Keys of the pending joins of each room. */
  readonly #joins = new Map<RoomId, string[]>();
  #count = 0;

  constructor(
    dialect: AnyFlatDialect,
    requests: PendingRequests,
    send: (frame: FlatFrame) => boolean,
  ) {
    this.#dialect = dialect;
    this.#requests = requests;
    this.#send = send;
  }

  ask<T extends RequestType>(
    type: T,
    payload: ClientPayload<T>,
    onOutcome: (outcome: Outcome<T>) => void,
  ): void {
    const { join, leave } = this.#dialect;
    // `Rooms` asks for nothing else.
    const {
      roomId,
      create: _,
      ...position
    } = payload as ClientPayload<'join_room'> & {
      readonly roomId: RoomId;
    };
    const frame = {
      type: type === 'leave_room' ? leave : join,
      ...targetOf(this.#dialect, roomId),
    };
    if (type === 'leave_room') {
      this.#send(frame);
      onOutcome({ kind: 'cut_off' });
      return;
    }
    this.#count += 1;
    const key = `join ${this.#count}`;
    this.#joins.set(roomId, [...(this.#joins.get(roomId) ?? []), key]);
    this.#requests.ask(
      key,
      () => this.#send({ ...frame, ...position }),
      (settled) => {
        const others = (this.#joins.get(roomId) ?? []).filter((each) => each !== key);
        if (others.length > 0) this.#joins.set(roomId, others);
        else this.#joins.delete(roomId);
        // In the form of the native dialect.
        onOutcome(settled as Outcome<T>);
      },
    );
  }

  /** The oldest join of the room was answered. History and people follow in frames of their own. */
  onJoined(roomId: RoomId, joinState: JoinState): void {
    const nothing = { members: [], memberCount: 0, history: [], events: [] };
    const payload = { roomName: '', ...nothing, ...joinState, roomId };
    this.settle(roomId, { kind: 'answered', payload });
  }

  settle(roomId: RoomId, settled: Settled): void {
    const [oldest] = this.#joins.get(roomId) ?? [];
    if (oldest !== undefined) this.#requests.settle(oldest, settled);
  }
}
