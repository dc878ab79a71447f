/**
 * Takes messages to the server: over the socket, and over HTTP while the socket does
 * not come about. Both carry the same `clientMessageId`: it is one message, whichever
 * way it went, and however often.
 */
import { ChatError, type RoomId } from '@parley/protocol';
import type { SessionCheck } from '../connection/connection.ts';
import { type Http, Unreachable } from '../connection/http.ts';
import type { Sender, SendOutcome } from '../outbox/outbox.ts';
import type { OutboxEntry } from '../outbox/outbox-state.ts';
import type { FlatDialect, FlatMessage } from './flat-dialect.ts';
import type { RequestCorrelator } from './request-correlator.ts';

export interface MessageSenderDependencies<M extends FlatMessage> {
  readonly dialect: FlatDialect<M>;
  readonly questions: RequestCorrelator;
  readonly http: Http;
  /** Whether the owner is still the one who is logged in. */
  readonly checkSession: () => Promise<SessionCheck>;
  /** Whether the socket takes messages under this key now. */
  readonly isLive: (key: RoomId) => boolean;
  /** Whether HTTP takes messages under this key. */
  readonly canPost: (key: RoomId) => boolean;
  /** Stored over HTTP. */
  readonly onStored: (roomId: RoomId, message: M) => void;
}

export class MessageSender<M extends FlatMessage> implements Sender {
  readonly #parts: MessageSenderDependencies<M>;
  /** From a failed try of the socket until it is open, or HTTP fails too. */
  #isHttpOpen = false;

  constructor(parts: MessageSenderDependencies<M>) {
    this.#parts = parts;
  }

  get isHttpOpen(): boolean {
    return this.#isHttpOpen;
  }

  set isHttpOpen(isOpen: boolean) {
    this.#isHttpOpen = isOpen;
  }

  readonly isReady = (key: RoomId): boolean => {
    const { isLive, canPost } = this.#parts;
    return isLive(key) || (this.#isHttpOpen && canPost(key));
  };

  readonly send = (entry: OutboxEntry, onOutcome: (outcome: SendOutcome) => void): void => {
    const { dialect, questions, isLive, canPost } = this.#parts;
    if (isLive(entry.roomId)) {
      questions.ask('send', entry.clientMessageId, dialect.send(entry), onOutcome);
    } else if (canPost(entry.roomId)) {
      void this.#post(entry).then(onOutcome);
    } else {
      onOutcome({ kind: 'cut_off' });
    }
  };

  async #post(entry: OutboxEntry): Promise<SendOutcome> {
    const { dialect, http, checkSession, onStored } = this.#parts;
    try {
      // Of a request only the cookie says whose it is, and another tab may have changed it.
      if ((await checkSession()) !== 'valid') {
        this.#isHttpOpen = false;
        return { kind: 'cut_off' };
      }
      const answer = await http.call('POST', '/api/messages', dialect.post(entry));
      // It is answered in the words of the dialect, as it was asked.
      const { message } = answer as { readonly message: M };
      // By this it is known again, whatever the answer holds.
      const { clientMessageId } = entry;
      onStored(dialect.roomIdOf(message), { ...message, clientMessageId });
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
