/**
 * Sends messages to the server: over the socket, or over HTTP while the socket cannot
 * connect. Both use the same `clientMessageId`, so a message is stored once, however
 * often it is sent.
 */
import { ChatError, type RoomId } from '@parley/protocol';
import type { SessionCheck } from '../connection/connection.ts';
import { type Http, Unreachable } from '../connection/http.ts';
import type { Message } from '../messages/message.ts';
import type { Sender, SendOutcome } from '../outbox/outbox.ts';
import type { OutboxEntry } from '../outbox/outbox-state.ts';
import { recipientOf } from '../outbox/recipient-key.ts';
import { type FlatLink, targetOf } from './dialect.ts';
import type { FlatRooms } from './flat-rooms.ts';

interface MessageSenderOptions {
  readonly link: FlatLink;
  readonly rooms: FlatRooms;
  readonly isConnected: () => boolean;
  readonly http: Http;
  /** Whether the owner is still logged in. */
  readonly checkSession: () => Promise<SessionCheck>;
  /** Called when a message was stored over HTTP. */
  readonly onStored: (message: Message) => void;
}

export class MessageSender implements Sender {
  readonly #options: MessageSenderOptions;
  /** From a failed attempt of the socket until it is open, or HTTP fails too. */
  isHttpOpen = false;

  constructor(options: MessageSenderOptions) {
    this.#options = options;
  }

  readonly isReady = (key: RoomId): boolean =>
    this.isLive(key) || (this.isHttpOpen && this.#canPost(key));

  readonly send = (entry: OutboxEntry, onOutcome: (outcome: SendOutcome) => void): void => {
    const { requests, send } = this.#options.link;
    const { roomId: key, content, clientMessageId, replyTo, attachments } = entry;
    const sent = { content, clientMessageId, replyTo, attachments };
    if (this.isLive(key)) {
      requests.ask(`send ${clientMessageId}`, () => send('send_message', key, sent), onOutcome);
    } else if (this.#canPost(key)) void this.#post(entry).then(onOutcome);
    else onOutcome({ kind: 'cut_off' });
  };

  /** Whether the socket accepts messages under this key now. */
  isLive(key: RoomId): boolean {
    const { isConnected, rooms } = this.#options;
    return isConnected() && (recipientOf(key) !== undefined || rooms.get(key)?.kind === 'open');
  }

  /** A person always accepts messages over HTTP, a room while it is held and the user may be a member. */
  #canPost(key: RoomId): boolean {
    const membership = this.#options.rooms.get(key)?.membership ?? 'none';
    return recipientOf(key) !== undefined || membership !== 'none';
  }

  async #post(entry: OutboxEntry): Promise<SendOutcome> {
    const { link, http, checkSession, rooms, onStored } = this.#options;
    const { roomId: key, content, clientMessageId, replyTo, attachments } = entry;
    const target = targetOf(link.dialect, key);
    const body = { ...target, content, clientMessageId, parentMessageId: replyTo, attachments };
    try {
      // Another tab may have changed the cookie, and with it the user.
      if ((await checkSession()).kind === 'valid') {
        // The answer has the form of the dialect of the request.
        const answer = (await http.call('POST', '/api/messages', body)) as { message: never };
        // Identifies the message, whatever the answer contains.
        onStored({ ...link.dialect.toMessage(answer.message), clientMessageId });
        return { kind: 'answered' };
      }
    } catch (thrown) {
      const error = ChatError.from(thrown);
      if (error.code === 'FORBIDDEN' && rooms.get(key)?.membership === 'unknown') {
        // The user may not have joined the room yet: messages wait for the join.
        rooms.change(key, () => ({ membership: 'none' }));
        return { kind: 'cut_off' };
      }
      // No server or no session: queued messages have not failed, and the connection
      // finds out why.
      if (!(error instanceof Unreachable) && error.code !== 'UNAUTHENTICATED') {
        return { kind: 'refused', error };
      }
    }
    this.isHttpOpen = false;
    return { kind: 'cut_off' };
  }
}
