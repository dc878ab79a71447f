/**
 * The part that the clients of all dialects share: one connection of one user, the state, the
 * outgoing messages, and typing. A dialect adds its codec, its rooms, and how a message is sent.
 */
import { type ClientMessageId, isBlank, type RoomId, type UserId } from '@parley/protocol';
import { checkSession } from './account/check-session.ts';
import { ClientOwner } from './account/client-owner.ts';
import { type Codec, Connection, type Frames, type SessionCheck } from './connection/connection.ts';
import type { ConnectionState } from './connection/connection-state.ts';
import { Http } from './connection/http.ts';
import type { TokenSource } from './connection/token-source.ts';
import type { Environment } from './environment.ts';
import { sendableContent } from './messages/content-validation.ts';
import type { Outbox, SendOptions } from './outbox/outbox.ts';
import { type ClientSnapshot, EMPTY_SNAPSHOT } from './snapshot.ts';
import { Store } from './store.ts';
import { Typing } from './typing/typing.ts';
import { TypingSender } from './typing/typing-sender.ts';

interface ConnectedClientOptions<F extends Frames> {
  readonly serverUrl: string;
  /** Path of the WebSocket. */
  readonly path: string;
  readonly codec: Codec<F>;
  readonly environment: Environment;
  readonly token: TokenSource | undefined;
  readonly userId?: UserId | undefined;
}

export abstract class ConnectedClient<F extends Frames> {
  readonly http: Http;
  abstract readonly outbox: Outbox;
  protected readonly environment: Environment;
  protected readonly store = new Store<ClientSnapshot>(EMPTY_SNAPSHOT);
  protected readonly connection: Connection<F>;
  protected readonly typing: Typing;
  protected readonly typingSender: TypingSender;
  /** A late answer names the user to the owner at the time of its request. */
  protected owner: ClientOwner;

  constructor(options: ConnectedClientOptions<F>) {
    const { serverUrl, path, codec, environment, token, userId } = options;
    const url = serverUrl.replace(/\/+$/, '');
    this.environment = environment;
    this.owner = new ClientOwner(userId);
    this.http = new Http(environment, url, token);
    this.connection = new Connection<F>(environment, {
      url: `${url.replace(/^http/, 'ws')}${path}`,
      codec,
      getProtocols: token?.protocols,
      checkSession: this.checkSession,
      isForOwner: (greeting) => this.owner.isSame(this.userIdOf(greeting)),
      onState: (state) => this.onState(state),
      onEstablished: (greeting) => this.onGreeting(greeting),
      onFrame: (frame) => this.onFrame(frame),
    });
    this.typing = new Typing(environment, this.store.cell('typing'));
    this.typingSender = new TypingSender(environment, {
      send: (key, isTyping) => this.sendTyping(key, isTyping),
    });
  }

  /** Immutable; the same object until something changes. */
  get getSnapshot(): () => ClientSnapshot {
    return this.store.getSnapshot;
  }

  /** Returns a function that ends the subscription. */
  get subscribe(): (listener: () => void) => () => void {
    return this.store.subscribe;
  }

  /**
   * Sends a text with its attachments: shown immediately as pending, sent as soon as
   * possible. Returns the id of the entry.
   *
   * @param key The room, or a person.
   * @throws {ChatError} `VALIDATION_ERROR` if the text is empty or too long,
   * `UNAVAILABLE` if the outbox is full.
   */
  send(key: RoomId, text: string, options: SendOptions = {}): ClientMessageId {
    const hasFiles = options.attachments?.length;
    const content =
      hasFiles && isBlank(text)
        ? ''
        : sendableContent(text, this.store.getSnapshot().contentLengthMax);
    // The server treats a message as the end of typing; stopping first keeps the order.
    this.typingSender.stop();
    return this.outbox.add(key, content, options);
  }

  /** Retries a failed message with the same id. */
  retry(clientMessageId: ClientMessageId): void {
    this.outbox.retry(clientMessageId);
  }

  /** Discards a failed message. */
  discard(clientMessageId: ClientMessageId): void {
    this.outbox.discard(clientMessageId);
  }

  /** Reports a key press in the message box of this room. */
  type(key: RoomId): void {
    this.typingSender.type(key);
  }

  /** Reports that the message box was emptied or lost the focus. */
  stopTyping(): void {
    this.typingSender.stop();
  }

  /** Whether the owner is still logged in. */
  protected readonly checkSession = (): Promise<SessionCheck> =>
    checkSession(this.http, this.owner);

  protected get isConnected(): boolean {
    return this.store.getSnapshot().connection.kind === 'open';
  }

  protected abstract userIdOf(greeting: F['greeting']): UserId;
  protected abstract onGreeting(greeting: F['greeting']): void;
  protected abstract onFrame(frame: F['received']): void;
  protected abstract sendTyping(key: RoomId, isTyping: boolean): void;

  protected onState(connection: ConnectionState): void {
    const wasConnected = this.isConnected;
    this.store.update({ connection });
    if (!wasConnected || this.isConnected) return;
    this.onLost();
    this.typing.endAll();
    this.typingSender.forget();
  }

  /** The connection is lost: nothing is live until the next one. */
  protected abstract onLost(): void;
}
