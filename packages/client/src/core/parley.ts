/** The client of an application: connection, rooms, people and events behind one object. */
import type { RoomId, UserId, UserPayload } from '@parley/protocol';
import { browserEnvironment } from './browser-environment.ts';
import { checkedServerUrl } from './connection/server-url.ts';
import { type GetToken, TokenSource } from './connection/token-source.ts';
import { CoreClient } from './core-client.ts';
import type { Environment } from './environment.ts';
import { EventEmitter } from './event-emitter.ts';
import type { PersistOutbox } from './outbox/outbox-storage.ts';
import { recipientKey } from './outbox/recipient-key.ts';
import type { ParleyEvents } from './parley-event-types.ts';
import { ParleyRoom } from './parley-room.ts';
import { People } from './people.ts';
import { type PublicConnectionState, publicStateOf } from './public-connection-state.ts';
import type { NamedJoinOptions } from './rooms/join-by-name.ts';
import type { ClientSnapshot } from './snapshot.ts';
import { SnapshotEventSource } from './snapshot-event-source.ts';

export interface ParleyOptions {
  /** Address of the server, such as `https://chat.example.org`. */
  readonly url: string;
  /** Default: the cookie of the login, for a page of the same origin. */
  readonly auth?: { readonly getToken?: GetToken | undefined } | undefined;
  /** Keeps unsent messages beyond the life of the client. Default: in memory only. */
  readonly storage?: PersistOutbox | undefined;
  /** Default: the globals of the browser or of Node. */
  readonly environment?: Environment | undefined;
}

export interface ParleyConnection {
  readonly state: PublicConnectionState;
  /** Connects, and reconnects until `close`. @throws {ChatError} As {@link Parley.connect}. */
  readonly open: () => Promise<void>;
  /** Skips the wait for the next attempt. */
  readonly tryNow: () => void;
}

export class Parley {
  /** The state behind this object, for lists and views: `client.getSnapshot()`. */
  readonly client: CoreClient;
  readonly connection: ParleyConnection;
  readonly people: People;
  /** Options of the client, also for the hooks of the other dialects. */
  readonly options: ParleyOptions & { readonly environment: Environment };
  readonly #events = new EventEmitter<ParleyEvents>();

  /** @throws {ChatError} `VALIDATION_ERROR` for a url that is not the address of a server. */
  constructor(options: ParleyOptions) {
    const url = checkedServerUrl((options as Partial<ParleyOptions> | undefined)?.url);
    const { auth, storage, environment = browserEnvironment() } = options;
    this.options = { ...options, url, environment };
    const client = new CoreClient({
      serverUrl: url,
      token: auth?.getToken && new TokenSource(environment, auth.getToken),
      persist: storage,
      environment,
    });
    this.client = client;
    this.people = new People(client, environment);
    this.connection = {
      get state() {
        return publicStateOf(client.getSnapshot().connection);
      },
      open: () => this.connect(),
      tryNow: () => client.tryNow(),
    };
    // The client outlives no application: the subscription ends with it.
    new SnapshotEventSource(client, this.#events, this.people.nameMessage);
  }

  /** The user; undefined until the first connection. */
  get me(): UserPayload | undefined {
    return this.client.getSnapshot().user;
  }

  get getSnapshot(): () => ClientSnapshot {
    return this.client.getSnapshot;
  }

  get subscribe(): (listener: () => void) => () => void {
    return this.client.subscribe;
  }

  /** Returns a function that ends the subscription. */
  on<Name extends keyof ParleyEvents>(
    name: Name,
    handler: (event: ParleyEvents[Name]) => void,
  ): () => void {
    return this.#events.on(name, handler);
  }

  /**
   * Connects, and reconnects until `close`. The promise ends with the first connection; it
   * may be ignored.
   *
   * @throws {ChatError} The error of the state, if it is `expired` or `failed`: `UNAUTHENTICATED`, or
   * that of `getToken`; `FORBIDDEN`. `UNAVAILABLE` if the client was closed.
   */
  connect(): Promise<void> {
    this.client.connect();
    const connected = this.#whenConnected();
    connected.catch(() => {});
    return connected;
  }

  /** Disconnects and stops every timer. The state stays readable. */
  close(): void {
    this.client.close();
  }

  /** A room by its id. Nothing is requested. */
  room(id: string): ParleyRoom {
    return new ParleyRoom(this, id as RoomId);
  }

  /**
   * Opens the room with this name; it is created unless the options say otherwise.
   *
   * @throws {ChatError} `VALIDATION_ERROR`, `NOT_FOUND`, `FORBIDDEN`, `RATE_LIMITED`,
   * `UNAVAILABLE`.
   */
  async join(name: string, options?: NamedJoinOptions): Promise<ParleyRoom> {
    return this.room(await this.client.joinRoom(name, options));
  }

  /**
   * The conversation with a user, opened if it exists. If not, the first message creates
   * it.
   *
   * @param userId An id of Parley, or of the application that authenticates the user.
   */
  async direct(userId: string): Promise<ParleyRoom> {
    const id = userId as UserId;
    const roomId = await this.client.findDirect(id);
    if (roomId !== undefined) this.client.openRoom(roomId);
    return new ParleyRoom(this, recipientKey(id), () => this.client.knownDirect(id));
  }

  async #whenConnected(): Promise<void> {
    const error = await this.client.until(({ connection }) => {
      const state = publicStateOf(connection);
      if (state.kind === 'expired' || state.kind === 'failed') return state.error;
      // While it is idle, `connect` may be called again.
      return state.kind === 'ready' ? 'none' : undefined;
    });
    if (error !== 'none') throw error;
  }
}

/** Creates a client; `connect` starts it. */
export function createParley(options: ParleyOptions): Parley {
  return new Parley(options);
}
