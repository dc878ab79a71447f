/**
 * Takes messages to the server: over the socket, and over HTTP while the socket does
 * not come about. Both carry the same `clientMessageId`: it is one message, whichever
 * way it went, and however often.
 */
import { ChatError, type RoomId } from '@parley/protocol';
import { type Http, Unreachable } from '../http.ts';
import type { Courier, SendOutcome } from '../outbox.ts';
import type { OutboxEntry } from '../outbox-state.ts';
import type { FlatDialect, FlatMessage } from './flat-dialect.ts';
import type { Questions } from './questions.ts';

export interface MessageCourierParts<M extends FlatMessage> {
  readonly dialect: FlatDialect<M>;
  readonly questions: Questions;
  readonly http: Http;
  /** Whether the socket takes messages under this key now. */
  readonly isLive: (key: RoomId) => boolean;
  /** The room behind an outbox key, as far as it is known. */
  readonly roomOf: (key: RoomId) => RoomId | undefined;
  /** Stored over HTTP. */
  readonly onStored: (roomId: RoomId, message: M) => void;
}

export class MessageCourier<M extends FlatMessage> implements Courier {
  readonly #parts: MessageCourierParts<M>;
  /** From a failed try of the socket until it is open, or HTTP fails too. */
  #isHttpOpen = false;

  constructor(parts: MessageCourierParts<M>) {
    this.#parts = parts;
  }

  get isHttpOpen(): boolean {
    return this.#isHttpOpen;
  }

  set isHttpOpen(isOpen: boolean) {
    this.#isHttpOpen = isOpen;
  }

  readonly isReady = (key: RoomId): boolean => {
    const { isLive, roomOf } = this.#parts;
    return isLive(key) || (this.#isHttpOpen && roomOf(key) !== undefined);
  };

  readonly send = (entry: OutboxEntry, onOutcome: (outcome: SendOutcome) => void): void => {
    const { dialect, questions, isLive, roomOf } = this.#parts;
    const roomId = roomOf(entry.roomId);
    if (isLive(entry.roomId)) {
      questions.ask('send', entry.clientMessageId, dialect.send(entry), onOutcome);
    } else if (roomId !== undefined) {
      void this.#post(entry, roomId).then(onOutcome);
    } else {
      onOutcome({ kind: 'cut_off' });
    }
  };

  async #post(entry: OutboxEntry, roomId: RoomId): Promise<SendOutcome> {
    const { dialect, http, onStored } = this.#parts;
    const { body, toMessage } = dialect.post(entry, roomId);
    try {
      const { message } = (await http.call('POST', '/api/messages', body)) as { message: object };
      // By this it is known again, whatever the answer holds.
      onStored(roomId, { ...toMessage(message), clientMessageId: entry.clientMessageId });
      return { kind: 'answered' };
    } catch (thrown) {
      const error = ChatError.from(thrown);
      // No server, or no session: what waits has not failed by that, and the connection finds out.
      if (!(error instanceof Unreachable) && error.code !== 'UNAUTHENTICATED') {
        return { kind: 'refused', error };
      }
      this.#isHttpOpen = false;
      return { kind: 'cut_off' };
    }
  }
}
