/** Matches answers to requests by the frame's `id` and `replyTo`. */
import {
  ChatError,
  type ClientFrame,
  type ClientFrameType,
  type ClientPayload,
  type CommandAnswer,
  type ServerFrame,
  type ServerFrames,
  type ServerFrameType,
} from '@parley/protocol';
import type { Environment } from '../environment.ts';
import { detailsOf, rateLimitMs } from './http.ts';
import { PendingRequests, type Settled } from './pending-requests.ts';

/** Commands that are answered. */
type RequestType = {
  [T in ClientFrameType]: CommandAnswer<T> extends ServerFrameType ? T : never;
}[ClientFrameType];

/** Payload of the successful answer to each request. */
type Reply<T extends RequestType> = ServerFrames[CommandAnswer<T> & ServerFrameType];

export type Outcome<T extends RequestType> = Settled<Reply<T>>;

export class RequestCorrelator {
  readonly #send: (frame: ClientFrame) => boolean;
  readonly #environment: Pick<Environment, 'setTimer'>;
  readonly #pending: PendingRequests;
  #count = 0;

  constructor(environment: Pick<Environment, 'setTimer'>, send: (frame: ClientFrame) => boolean) {
    this.#environment = environment;
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
    // The signature ties `type` and `payload` together, which the union cannot express.
    const send = (): boolean => this.#send({ type, payload, id } as ClientFrame);
    // The server answers each request with its type of frame, or an error.
    this.#pending.ask(id, send, (settled) => {
      const waitMs =
        settled.kind === 'refused' && type.startsWith('get_')
          ? rateLimitMs(settled.error)
          : undefined;
      if (waitMs === undefined) onOutcome(settled as Outcome<T>);
      else this.#environment.setTimer(() => this.ask(type, payload, onOutcome), waitMs);
    });
  }

  /**
   * The same as a promise.
   *
   * @throws {ChatError} The server's error; `UNAVAILABLE` if no answer arrived.
   */
  request<T extends RequestType>(type: T, payload: ClientPayload<T>): Promise<Reply<T>> {
    return new Promise((resolve, reject) => {
      this.ask(type, payload, (outcome) => {
        if (outcome.kind === 'answered') resolve(outcome.payload);
        else reject(outcome.kind === 'refused' ? outcome.error : new ChatError('UNAVAILABLE'));
      });
    });
  }

  /** Handles a frame of the server; one that answers no pending request changes nothing. */
  settle(frame: ServerFrame): void {
    const { replyTo, payload } = frame;
    if (replyTo === undefined) return;
    if (frame.type === 'error') {
      const { code, ...error } = frame.payload;
      const refused = new ChatError(code, detailsOf(error));
      this.#pending.settle(replyTo, { kind: 'refused', error: refused });
    } else this.#pending.settle(replyTo, { kind: 'answered', payload });
  }

  /** The connection is lost, and with it every answer. */
  cutOff(): void {
    this.#pending.cutOff();
  }
}
