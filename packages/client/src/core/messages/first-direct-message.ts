/**
 * Sends the first message to a user without a conversation. It bypasses the outbox, which
 * sends into rooms: the server creates the room with this message.
 */
import { ChatError, type ClientMessageId, type RoomId } from '@parley/protocol';
import type { RequestCorrelator } from '../connection/request-correlator.ts';
import type { Environment } from '../environment.ts';
import { sendableContent } from './content-validation.ts';

interface UncertainMessage {
  readonly recipient: string;
  readonly content: string;
  readonly clientMessageId: ClientMessageId;
}

export class FirstDirectMessage {
  readonly #environment: Pick<Environment, 'newId'>;
  readonly #requests: RequestCorrelator;
  /** The last message with an unknown outcome; it is sent again with the same id. */
  #uncertain: UncertainMessage | undefined;

  constructor(environment: Pick<Environment, 'newId'>, requests: RequestCorrelator) {
    this.#environment = environment;
    this.#requests = requests;
  }

  /** @throws {ChatError} `VALIDATION_ERROR`, `NOT_FOUND`, `FORBIDDEN`, `RATE_LIMITED`, `UNAVAILABLE`. */
  async send(recipient: string, text: string, lengthMax?: number): Promise<RoomId> {
    const message = this.#messageOf(recipient, sendableContent(text, lengthMax));
    return new Promise((resolve, reject) => {
      this.#requests.ask('direct_message', message, (outcome) => {
        if (outcome.kind === 'answered') {
          this.#uncertain = undefined;
          resolve(outcome.payload.roomId);
          return;
        }
        const error = outcome.kind === 'refused' ? outcome.error : new ChatError('UNAVAILABLE');
        if (error.code !== 'UNAVAILABLE') this.#uncertain = undefined;
        reject(error);
      });
    });
  }

  #messageOf(recipient: string, content: string): UncertainMessage {
    const last = this.#uncertain;
    if (last?.recipient === recipient && last.content === content) return last;
    // Ids of the environment are valid client message ids.
    const clientMessageId = this.#environment.newId() as ClientMessageId;
    this.#uncertain = { recipient, content, clientMessageId };
    return this.#uncertain;
  }
}
