/**
 * Sends messages to the server: over the socket, or over HTTP while the socket cannot
 * connect. Both use the same `clientMessageId`, so a message is stored once, however
 * often it is sent.
 */
import { ChatError, type RoomId } from '@parley/protocol';
import type { SessionCheck } from '../connection/connection.ts';
import { type Http, Unreachable } from '../connection/http.ts';
import type { PendingRequests } from '../connection/pending-requests.ts';
import type { Message } from '../messages/message.ts';
import type { Sender, SendOutcome } from '../outbox/outbox.ts';
import type { OutboxEntry } from '../outbox/outbox-state.ts';
import { type AnyFlatDialect, requestKey, type SendFrame } from './flat-dialect.ts';
import type { OutboxKeys } from './outbox-keys.ts';

export interface SocketOrHttpSenderDependencies {
  readonly dialect: AnyFlatDialect;
  readonly requests: PendingRequests;
  readonly sendFrame: SendFrame;
  readonly http: Http;
  /** Whether the owner is still logged in. */
  readonly checkSession: () => Promise<SessionCheck>;
  readonly keys: OutboxKeys;
  /** Called when a message was stored over HTTP. */
  readonly onStored: (message: Message) => void;
}

export class SocketOrHttpSender implements Sender {
  readonly #dependencies: SocketOrHttpSenderDependencies;
  /** From a failed attempt of the socket until it is open, or HTTP fails too. */
  isHttpOpen = false;

  constructor(dependencies: SocketOrHttpSenderDependencies) {
    this.#dependencies = dependencies;
  }

  readonly isReady = (key: RoomId): boolean => {
    const { keys } = this.#dependencies;
    return keys.isLive(key) || (this.isHttpOpen && keys.canPost(key));
  };

  readonly send = (entry: OutboxEntry, onOutcome: (outcome: SendOutcome) => void): void => {
    const { dialect, requests, sendFrame, keys } = this.#dependencies;
    if (keys.isLive(entry.roomId)) {
      const key = requestKey('send', entry.clientMessageId);
      requests.ask(key, () => sendFrame(dialect.send(entry)), onOutcome);
    } else if (keys.canPost(entry.roomId)) {
      void this.#post(entry).then(onOutcome);
    } else {
      onOutcome({ kind: 'cut_off' });
    }
  };

  async #post(entry: OutboxEntry): Promise<SendOutcome> {
    const { dialect, http, checkSession, keys, onStored } = this.#dependencies;
    try {
      // Another tab may have changed the cookie, and with it the user.
      if ((await checkSession()).kind !== 'valid') {
        this.isHttpOpen = false;
        return { kind: 'cut_off' };
      }
      const answer = await http.call('POST', '/api/messages', dialect.post(entry));
      // The answer has the form of the dialect of the request.
      const { message } = answer as { readonly message: never };
      // Identifies the message, whatever the answer contains.
      const { clientMessageId } = entry;
      onStored({ ...dialect.toMessage(message), clientMessageId });
      return { kind: 'answered' };
    } catch (thrown) {
      const error = ChatError.from(thrown);
      if (error.code === 'FORBIDDEN' && keys.awaitJoin(entry.roomId)) return { kind: 'cut_off' };
      // No server or no session: queued messages have not failed, and the connection
      // finds out why.
      if (!(error instanceof Unreachable) && error.code !== 'UNAUTHENTICATED') {
        return { kind: 'refused', error };
      }
      this.isHttpOpen = false;
      return { kind: 'cut_off' };
    }
  }
}
