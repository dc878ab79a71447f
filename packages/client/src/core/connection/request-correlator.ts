/** Matches answers to requests by the frame's `id` and `replyTo`. */
import {
  ChatError,
  type ClientFrame,
  type ClientFrameType,
  type ClientPayload,
  type ServerFrame,
  type ServerFrames,
} from '@parley/protocol';
import type { Environment } from '../environment.ts';
import { detailsOf } from './http.ts';
import { PendingRequests } from './pending-requests.ts';

/** Type of the successful answer to each request. */
interface Replies {
  chat_message: 'message_ack';
  join_room: 'room_joined';
  leave_room: 'room_left';
  get_rooms: 'room_list';
  get_members: 'member_list';
  get_history: 'history';
  resume: 'resumed';
  mark_read: 'read_position';
  add_reaction: 'message_ack';
  remove_reaction: 'message_ack';
  pin_message: 'message_ack';
  unpin_message: 'message_ack';
  direct_message: 'message_ack';
  edit_message: 'message_ack';
  delete_message: 'message_ack';
  get_thread: 'thread';
  mark_unread: 'read_position';
  set_presence: 'presence_update';
  create_group: 'group_created';
}

export type RequestType = keyof Replies & ClientFrameType;

export type Outcome<T extends RequestType> =
  | { readonly kind: 'answered'; readonly payload: ServerFrames[Replies[T]] }
  | { readonly kind: 'refused'; readonly error: ChatError }
  | { readonly kind: 'cut_off' };

/** Requests with an answer of their own; the others, which write, are acknowledged. */
type ReadRequestType = {
  [T in RequestType]: Replies[T] extends 'message_ack' ? never : T;
}[RequestType];

const REPLY_TYPES: Readonly<{ [T in ReadRequestType]: Replies[T] }> &
  Readonly<{ [T in RequestType]?: Replies[T] }> = Object.freeze({
  join_room: 'room_joined',
  leave_room: 'room_left',
  get_rooms: 'room_list',
  get_members: 'member_list',
  get_history: 'history',
  resume: 'resumed',
  mark_read: 'read_position',
  get_thread: 'thread',
  mark_unread: 'read_position',
  set_presence: 'presence_update',
  create_group: 'group_created',
});

export class RequestCorrelator {
  readonly #send: (frame: ClientFrame) => boolean;
  readonly #pending: PendingRequests<ServerFrame>;
  readonly #types = new Map<string, RequestType>();
  #count = 0;

  constructor(environment: Pick<Environment, 'setTimer'>, send: (frame: ClientFrame) => boolean) {
    this.#pending = new PendingRequests(environment);
    this.#send = send;
  }

  /** Sends a frame; `onOutcome` is called once, synchronously if nothing can be sent. */
  ask<T extends RequestType>(
    type: T,
    payload: ClientPayload<T>,
    onOutcome: (outcome: Outcome<T>) => void,
  ): void {
    this.#count += 1;
    const id = `q${this.#count}`;
    this.#types.set(id, type);
    // The signature ties `type` and `payload` together, which the union cannot express.
    const send = (): boolean => this.#send({ type, payload, id } as ClientFrame);
    this.#pending.ask(id, send, (settled) => {
      this.#types.delete(id);
      if (settled.kind !== 'answered') onOutcome(settled);
      // `settle` has checked that the frame's type answers T.
      else
        onOutcome({ kind: 'answered', payload: settled.answer.payload } as unknown as Outcome<T>);
    });
  }

  /**
   * The same as a promise.
   *
   * @throws {ChatError} The server's error; `UNAVAILABLE` if no answer arrived.
   */
  request<T extends RequestType>(
    type: T,
    payload: ClientPayload<T>,
  ): Promise<ServerFrames[Replies[T]]> {
    return new Promise((resolve, reject) => {
      this.ask(type, payload, (outcome) => {
        if (outcome.kind === 'answered') resolve(outcome.payload);
        else reject(outcome.kind === 'refused' ? outcome.error : new ChatError('UNAVAILABLE'));
      });
    });
  }

  /** Handles a frame of the server; one that answers no pending request changes nothing. */
  settle(frame: ServerFrame): void {
    const { replyTo } = frame;
    const type = replyTo === undefined ? undefined : this.#types.get(replyTo);
    if (type === undefined || replyTo === undefined) return;
    if (frame.type === 'error') {
      const { code, ...error } = frame.payload;
      const refused = new ChatError(code, detailsOf(error));
      this.#pending.settle(replyTo, { kind: 'refused', error: refused });
    } else if (frame.type === (REPLY_TYPES[type] ?? 'message_ack')) {
      this.#pending.settle(replyTo, { kind: 'answered', answer: frame });
    }
  }

  /** The connection is lost, and with it every answer. */
  cutOff(): void {
    this.#pending.cutOff();
  }
}
