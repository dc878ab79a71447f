/**
 * Pairs what was asked with what was answered, by the frame's `id` and `replyTo`.
 *
 * Every request ends exactly once: answered, refused, timed out, or cut off with
 * its connection. The last two are `UNAVAILABLE`, which means what it means on the
 * wire: perhaps done; ask again with the same id.
 */
import {
  ChatError,
  type ClientFrame,
  type ClientFrameType,
  type ClientPayload,
  type ServerFrame,
  type ServerFrames,
} from '@parley/protocol';
import type { CancelTimer, Environment } from './environment.ts';

/** A frame that has no answer in this time is taken for lost. */
export const REQUEST_TIMEOUT_MS = 15_000;
/** Requests under way at once; one more is refused at once with `UNAVAILABLE`. */
export const REQUESTS_MAX = 500;

/** The answer that each request has when all goes well. */
interface Replies {
  chat_message: 'message_ack';
  join_room: 'room_joined';
  leave_room: 'room_left';
  get_rooms: 'room_list';
  get_members: 'member_list';
  get_history: 'history';
  resume: 'resumed';
  mark_read: 'read_position';
}

export type RequestType = keyof Replies & ClientFrameType;

export type Outcome<T extends RequestType> =
  | { readonly kind: 'answered'; readonly payload: ServerFrames[Replies[T]] }
  | { readonly kind: 'refused'; readonly error: ChatError }
  /** The connection ended first. */
  | { readonly kind: 'cut_off' };

const REPLY_TYPES: Readonly<{ [T in RequestType]: Replies[T] }> = Object.freeze({
  chat_message: 'message_ack',
  join_room: 'room_joined',
  leave_room: 'room_left',
  get_rooms: 'room_list',
  get_members: 'member_list',
  get_history: 'history',
  resume: 'resumed',
  mark_read: 'read_position',
});

interface OpenRequest {
  readonly type: RequestType;
  readonly cancelTimer: CancelTimer;
  readonly finish: (
    outcome:
      | { readonly kind: 'answered'; readonly frame: ServerFrame }
      | { readonly kind: 'refused'; readonly error: ChatError }
      | { readonly kind: 'cut_off' },
  ) => void;
}

export class Requests {
  readonly #environment: Pick<Environment, 'setTimer'>;
  readonly #send: (frame: ClientFrame) => boolean;
  readonly #open = new Map<string, OpenRequest>();
  #count = 0;

  constructor(environment: Pick<Environment, 'setTimer'>, send: (frame: ClientFrame) => boolean) {
    this.#environment = environment;
    this.#send = send;
  }

  /** Sends a frame; `onOutcome` is called once, within the call where nothing can be sent. */
  ask<T extends RequestType>(
    type: T,
    payload: ClientPayload<T>,
    onOutcome: (outcome: Outcome<T>) => void,
  ): void {
    if (this.#open.size >= REQUESTS_MAX) {
      onOutcome({ kind: 'refused', error: new ChatError('UNAVAILABLE') });
      return;
    }
    this.#count += 1;
    const id = `q${this.#count}`;
    this.#open.set(id, {
      type,
      cancelTimer: this.#environment.setTimer(
        () => this.#finish(id, { kind: 'refused', error: timedOut() }),
        REQUEST_TIMEOUT_MS,
      ),
      finish: (outcome) => {
        if (outcome.kind !== 'answered') onOutcome(outcome);
        // `settle` has compared the frame's type with the one that answers T.
        else onOutcome({ ...outcome, payload: outcome.frame.payload } as unknown as Outcome<T>);
      },
    });
    // `type` and `payload` belong together by the signature; the union cannot express it.
    const wasSent = this.#send({ type, payload, id } as ClientFrame);
    if (!wasSent) this.#finish(id, { kind: 'cut_off' });
  }

  /** Takes a frame that came; one that answers nothing, or too late, changes nothing. */
  settle(frame: ServerFrame): void {
    const request = frame.replyTo === undefined ? undefined : this.#open.get(frame.replyTo);
    if (request === undefined || frame.replyTo === undefined) return;
    if (frame.type === 'error') {
      this.#finish(frame.replyTo, { kind: 'refused', error: errorOf(frame.payload) });
    } else if (frame.type === REPLY_TYPES[request.type]) {
      this.#finish(frame.replyTo, { kind: 'answered', frame });
    }
  }

  /** The connection is gone, and with it every answer. */
  cutOff(): void {
    for (const id of [...this.#open.keys()]) this.#finish(id, { kind: 'cut_off' });
  }

  #finish(id: string, outcome: Parameters<OpenRequest['finish']>[0]): void {
    const request = this.#open.get(id);
    if (request === undefined) return;
    this.#open.delete(id);
    request.cancelTimer();
    request.finish(outcome);
  }
}

function timedOut(): ChatError {
  return new ChatError('UNAVAILABLE', { message: 'The server did not answer in time' });
}

function errorOf(payload: ServerFrames['error']): ChatError {
  return new ChatError(payload.code, {
    message: payload.message,
    ...(payload.field === undefined ? {} : { field: payload.field }),
    ...(payload.retryAfter === undefined ? {} : { retryAfterSeconds: payload.retryAfter }),
  });
}
