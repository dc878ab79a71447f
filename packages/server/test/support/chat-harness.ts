/**
 * The real domain over SQLite in memory, a fake clock, and clients that record what they receive.
 *
 * Commands finish before they return if the store answers immediately, so a test reads from top to
 * bottom. `settle()` waits for everything in progress.
 */
import { setImmediate as turn } from 'node:timers/promises';
import {
  type Attachment,
  ChatError,
  type ClientMessageId,
  type MessageId,
  type RoomId,
  type SessionEndReason,
  type WorkspaceId,
} from '@parley/protocol';
import { addressKey } from '@parley/websocket/http';
import { openMemoryBus } from '../../src/bus/memory/bus.ts';
import { NO_TOKEN_LEASES } from '../../src/bus/memory/token-leases.ts';
import type { FirstOwnerOptions } from '../../src/domain/accounts/first-owner.ts';
import type { MailOptions } from '../../src/domain/accounts/mail-sender.ts';
import type { StartedSession } from '../../src/domain/accounts/sessions.ts';
import type { AssistantOptions } from '../../src/domain/assistant/assistant.ts';
import { type Chat, openChat } from '../../src/domain/chat.ts';
import type { ChatConnection } from '../../src/domain/delivery/chat-connection.ts';
import type { Acknowledgement, OnAcknowledged } from '../../src/domain/delivery/log-writer.ts';
import type { MessageChange } from '../../src/domain/messages/message-changes.ts';
import type { RoomSummary } from '../../src/domain/rooms/room-lists.ts';
import type { OpenedRoom } from '../../src/domain/rooms/snapshot-subscriber.ts';
import { DOMAIN_DEFAULTS, type DomainSettings } from '../../src/domain/settings.ts';
import type { ChatEvent } from '../../src/model/client-event.ts';
import type { Position } from '../../src/model/room-state.ts';
import type { User } from '../../src/model/user.ts';
import type { AccessTokens } from '../../src/ports/access-tokens.ts';
import type { Bus } from '../../src/ports/bus.ts';
import type { ClientTransport, EndReason, EventEncoder } from '../../src/ports/client-transport.ts';
import type { Crypto } from '../../src/ports/crypto.ts';
import type { ExternalSessionStore } from '../../src/ports/external-session-store.ts';
import type { FileStorage } from '../../src/ports/file-storage.ts';
import type { HistoryImporter } from '../../src/ports/history-importer.ts';
import type { LinkFetcher } from '../../src/ports/link-fetcher.ts';
import type { LogRecord } from '../../src/ports/logger.ts';
import type { PartialFiles } from '../../src/ports/partial-files.ts';
import type { PasswordHash } from '../../src/ports/password-hash.ts';
import type { Store } from '../../src/ports/store.ts';
import type { TokenLeases } from '../../src/ports/token-leases.ts';
import { systemCrypto } from '../../src/system/crypto.ts';
import { sealerOf } from '../../src/system/sealer.ts';
import { totpKeys } from '../../src/system/totp-keys.ts';
import { FakeClock } from './fake-clock.ts';
import { memoryFileStorage } from './memory-file-storage.ts';
import { memoryPartialFiles } from './memory-partial-files.ts';
import { user } from './records.ts';
import { openSqliteInMemory } from './sqlite-in-memory.ts';

/** Frames are the events themselves: tests read them. */
const plainDialect: EventEncoder = { encode: (event) => event };

export const plainHash: PasswordHash = {
  hash: async (password) => `hash of ${password}`,
  verify: async (password, hashed) => hashed === `hash of ${password}`,
};

const noTokens: AccessTokens = {
  issue: async () => 'no.such.token',
  verify: async () => ({ kind: 'refused', reason: 'malformed' }),
};

export class Client implements ClientTransport {
  readonly dialect = plainDialect;
  readonly about = { dialect: 'plain', address: '192.0.2.1', openForMs: 0 };
  /** Received events in order, including acknowledgements of its own commands. */
  readonly received: (ChatEvent | { readonly kind: 'acknowledged'; readonly sequence: number })[] =
    [];
  endedBy: EndReason | undefined;
  endedBecause: SessionEndReason | undefined;
  /** Rooms in the welcome. */
  welcomedWith: readonly RoomSummary[] = [];
  /** Bytes that this client has not read, set by the test. */
  bufferedBytes = 0;
  readonly connection: ChatConnection;
  readonly #harness: ChatHarness;

  constructor(harness: ChatHarness, who: User, sessionKey: string, expiresAtMs: number) {
    this.#harness = harness;
    this.connection = harness.chat.connections.connect(
      { user: who, sessionKey, expiresAtMs },
      this,
    );
  }

  push(frame: object): void {
    // The plain dialect's frames are events.
    this.received.push(frame as ChatEvent);
  }

  /** Reads everything that is buffered. */
  read(): void {
    this.bufferedBytes = 0;
    this.#harness.chat.connections.drained(this.connection);
  }

  end(reason: EndReason, cause: SessionEndReason): void {
    this.endedBy = reason;
    this.endedBecause = cause;
    this.leave({ onPurpose: true });
  }

  leave(how = { onPurpose: true }): void {
    this.#harness.chat.connections.disconnect(this.connection, how);
  }

  /** @throws {ChatError} like the command. */
  async join(
    name: string,
    position?: Partial<Position> & { lastSequence: number },
  ): Promise<OpenedRoom> {
    let joined: OpenedRoom | undefined;
    const full = position && { epoch: undefined, lastId: undefined, ...position };
    await this.#harness.chat.rooms.join(
      this.connection,
      { room: name, field: 'roomName', position: full },
      (room) => {
        joined = room;
      },
    );
    if (joined === undefined) throw new Error('The join was not answered');
    return joined;
  }

  /** Starts sending; returns a promise, so that sends can overlap. @throws {ChatError}. */
  send(
    content: string,
    over: {
      clientMessageId?: string;
      roomId?: RoomId;
      parentId?: MessageId;
      attachments?: readonly Attachment[];
    } = {},
  ): Promise<Acknowledgement> {
    const { promise, resolve, reject } = Promise.withResolvers<Acknowledgement>();
    const request = {
      content,
      contentLengthMax: 1000,
      roomId: over.roomId,
      clientMessageId: over.clientMessageId as ClientMessageId | undefined,
      parentId: over.parentId,
      attachments: over.attachments ?? [],
    };
    const settle = this.#settle(resolve, reject);
    this.#harness.chat.messages.send(this.connection, request, settle)?.catch(reject);
    return promise;
  }

  /** Starts changing a message; returns a promise like `send`. @throws {ChatError}. */
  change(
    roomId: RoomId,
    messageId: MessageId,
    change: MessageChange,
    clientMessageId?: string,
  ): Promise<Acknowledgement> {
    const { promise, resolve, reject } = Promise.withResolvers<Acknowledgement>();
    const request = {
      roomId,
      messageId,
      change,
      clientMessageId: clientMessageId as ClientMessageId | undefined,
    };
    const changing = this.#harness.chat.messageChanges.change(
      { user: this.connection.user, connection: this.connection },
      request,
      this.#settle(resolve, reject),
    );
    changing?.catch(reject);
    return promise;
  }

  /** Like `send`, to the direct room with this user. */
  sendTo(username: string, content: string, clientMessageId?: string): Promise<Acknowledgement> {
    const { promise, resolve, reject } = Promise.withResolvers<Acknowledgement>();
    const request = {
      recipient: { kind: 'username', username } as const,
      content,
      contentLengthMax: 1000,
      clientMessageId: clientMessageId as ClientMessageId | undefined,
    };
    const settle = this.#settle(resolve, reject);
    this.#harness.chat.directMessages.send(this.connection, request, settle).catch(reject);
    return promise;
  }

  #settle(
    resolve: (result: Acknowledgement) => void,
    reject: (error: ChatError) => void,
  ): OnAcknowledged {
    return (result) => {
      if (result instanceof ChatError) {
        reject(result);
        return;
      }
      this.received.push({ kind: 'acknowledged', sequence: result.sequence });
      resolve(result);
    };
  }

  /** Texts of the messages received. */
  get messages(): string[] {
    return this.received.flatMap((event) =>
      event.kind === 'logged' && event.event.kind === 'message'
        ? [event.event.message.content]
        : [],
    );
  }

  kinds(): string[] {
    return this.received.map(({ kind }) => kind);
  }

  ofKind<K extends ChatEvent['kind']>(kind: K): Extract<ChatEvent, { kind: K }>[] {
    return this.received.filter(
      (event): event is Extract<ChatEvent, { kind: K }> => event.kind === kind,
    );
  }
}

export class ChatHarness {
  readonly clock: FakeClock;
  readonly store: Store;
  readonly chat: Chat;
  readonly logger: LogRecord[] = [];
  readonly #users = new Map<string, User>();

  constructor(
    over: {
      settings?: Partial<DomainSettings>;
      store?: Store;
      bus?: Bus;
      tokenLeases?: TokenLeases;
      assistant?: AssistantOptions;
      secrets?: Crypto;
      clock?: FakeClock;
      passwords?: PasswordHash;
      accessTokens?: AccessTokens;
      totpSecrets?: readonly [string, ...string[]];
      externalSessionStore?: ExternalSessionStore;
      firstOwner?: FirstOwnerOptions;
      mail?: MailOptions;
      fileStorage?: FileStorage;
      partialFiles?: PartialFiles;
      linkFetcher?: LinkFetcher;
      historyImporter?: HistoryImporter;
    } = {},
  ) {
    this.clock = over.clock ?? new FakeClock();
    this.store = over.store ?? openSqliteInMemory();
    this.chat = openChat({
      // Most tests are about groups and workspaces whose users know each other.
      settings: {
        ...{ ...DOMAIN_DEFAULTS, askBeforeStrangers: false },
        // Tests write more, and the same more often, than people do.
        floodRules: false,
        linkPreviews: over.linkFetcher !== undefined,
        ...over.settings,
      },
      store: this.store,
      bus: over.bus ?? openMemoryBus(),
      tokenLeases: over.tokenLeases ?? NO_TOKEN_LEASES,
      clock: this.clock,
      secrets: over.secrets ?? systemCrypto,
      passwords: over.passwords ?? plainHash,
      commonPasswords: { has: async (password) => password === 'qwertyuiop' },
      networkOf: addressKey,
      accessTokens: over.accessTokens ?? noTokens,
      totpKeys: totpKeys(over.totpSecrets ?? ['a secret']),
      challengeSealer: sealerOf(['a secret'], 'challenges'),
      cursorSealer: sealerOf(['a secret'], 'cursors'),
      externalSessionStore: over.externalSessionStore,
      firstOwner: over.firstOwner,
      mail: over.mail,
      fileStorage: over.fileStorage ?? memoryFileStorage(),
      partialFiles: over.partialFiles ?? memoryPartialFiles(),
      linkFetcher: over.linkFetcher,
      historyImporter: over.historyImporter,
      logger: { record: (entry) => this.logger.push(entry) },
      assistant: over.assistant,
    });
  }

  async userOf(name: string): Promise<User> {
    const known = this.#users.get(name);
    if (known !== undefined) return known;
    const made = user(name);
    const isTaken = (await this.store.accounts.insertUser(made, `hash of ${name}`)) === 'taken';
    // Another node on the same store may have made the account.
    const reference = { kind: 'username', username: name } as const;
    const stored = isTaken ? await this.store.accounts.findUser(reference) : made;
    if (stored === undefined) throw new Error(`There is no ${name}`);
    this.#users.set(name, stored);
    return stored;
  }

  /** Connects with a new login of this user, and waits for the welcome. */
  async connect(name: string): Promise<Client> {
    return this.connectUser(await this.userOf(name));
  }

  /** Like `connect`, for a user who is already stored. */
  async connectUser(who: User): Promise<Client> {
    const { token, expiresAtMs } = await this.startSession(who);
    return this.connectWith(who, token, expiresAtMs);
  }

  /** Connects with a session that may have been started on another node. */
  async connectWith(who: User, token: string, expiresAtMs: number): Promise<Client> {
    const client = new Client(this, who, systemCrypto.digest(token), expiresAtMs);
    await this.chat.connections.welcome(client.connection, ({ rooms }) => {
      client.welcomedWith = rooms;
    });
    return client;
  }

  /** Makes users known to each other without a room. */
  async shareWorkspace(...clients: readonly Client[]): Promise<void> {
    const id = systemCrypto.newId() as WorkspaceId;
    const [first, ...others] = clients.map(({ connection }) => connection.user.id);
    if (first === undefined) return;
    const { workspaces } = this.store;
    await workspaces.createWorkspace({ id, name: 'School', createdAtMs: 0 }, first);
    for (const userId of others) {
      await workspaces.admitToWorkspace({ workspaceId: id, userId, nowMs: 0 });
    }
  }

  /** Starts a session for a user who is already stored. */
  async startSession({ username }: User): Promise<StartedSession> {
    const known = await this.store.accounts.findCredentials(username);
    if (known === undefined) throw new Error(`There is no ${username}`);
    return this.chat.sessions.start(known, { address: '192.0.2.1', userAgent: 'test' });
  }

  /** Waits until everything is done that needs only turns of the event loop. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < 10; turns += 1) await turn();
  }
}
