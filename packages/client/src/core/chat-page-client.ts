/** The client of a complete chat page: deletions with undo, accounts, blocks and an offline copy. */
import type {
  ActivityEntry,
  MessageId,
  NotificationLevel,
  PresenceStatus,
  RoomId,
  ServerFrame,
  UserId,
} from '@parley/protocol';
import { Account } from './account/account.ts';
import { CoreClient, type CoreClientOptions, load } from './core-client.ts';
import type { FirstDirectMessage } from './messages/first-direct-message.ts';
import { type Message, type MessageTarget, toMessage } from './messages/message.ts';
import { UndoableDeletions } from './messages/undoable-deletions.ts';
import { type OfflineCopy, restoreOfflineCopy } from './offline-copy-format.ts';
import type { MessageChange, MessageChanges } from './rooms/message-changes.ts';

export type { Thread } from './core-client.ts';

/** Pinned messages of a room, the newest message first. */
export interface Pins {
  readonly messages: readonly Message[];
  readonly hasMore: boolean;
}

export interface PinsPage {
  /** Only messages below this sequence. */
  readonly before?: number;
  readonly limit?: number;
}

export interface ActivityEntriesPage {
  readonly entries: readonly ActivityEntry[];
  /** There are more invitations; see `listInvitations`. */
  readonly moreInvitations?: boolean;
  /** Continues the search; undefined if everything was searched. */
  readonly next?: string;
}

export interface ChatClientOptions extends Omit<CoreClientOptions, 'initialState'> {
  /** State to show until the server answers; from `toOfflineCopy`. */
  readonly offlineCopy?: OfflineCopy | undefined;
}

let later: typeof import('./chat-page-later.ts') | undefined;
/** Ends when the later parts are there. If that fails, they are loaded when they are used. */
export const laterParts: Promise<void> = import('./chat-page-later.ts').then(
  (parts) => {
    later = parts;
  },
  () => {},
);

/**
 * A moderator has warned the user, a reminder is due, links of a message were fetched, there are
 * more or fewer open reports, a thread has news, another device has signed in or changed the account,
 * the user is in other groups, a workspace of the user has another name or picture, or the server has other
 * custom emoji.
 */
type NoticeType =
  | 'account_notice'
  | 'custom_emoji_changed'
  | 'link_preview'
  | 'moderation_warning'
  | 'reminder'
  | 'reports_changed'
  | 'scheduled_changed'
  | 'thread_changed'
  | 'user_groups_changed'
  | 'workspace_changed';

interface NoticeListener {
  readonly type: NoticeType;
  readonly listener: (frame: ServerFrame) => void;
}

export class ChatClient extends CoreClient {
  /** The account that the client is logged in with. */
  readonly account: Account;
  readonly #deletions: UndoableDeletions;
  #firstDirectMessage: FirstDirectMessage | undefined;
  #messageChanges: MessageChanges | undefined;
  readonly #noticeListeners = new Map<() => void, NoticeListener>();

  constructor({ offlineCopy, ...options }: ChatClientOptions) {
    const initialState = offlineCopy && restoreOfflineCopy(offlineCopy);
    super({ ...options, initialState });
    const { environment, store } = this;
    this.account = new Account(environment, options.serverUrl, this.http);
    const isConnected = (): boolean => store.getSnapshot().connection.kind === 'open';
    this.#deletions = new UndoableDeletions(environment, store.cell('deletions'), {
      submit: (target) => this.changeMessage(target, { kind: 'delete' }),
      isConnected,
    });
    let wasConnected = false;
    store.subscribe(() => {
      const isNew = isConnected() && !wasConnected;
      wasConnected = isConnected();
      if (isNew) this.#deletions.resume();
    });
  }

  /** At once if the part for it is loaded: the page may be closing. */
  override changeMessage(target: MessageTarget, change: MessageChange): Promise<void> {
    if (later === undefined) return super.changeMessage(target, change);
    this.#messageChanges ??= new later.MessageChanges(this.environment, this.changeDependencies);
    return this.#messageChanges.submit(target, change);
  }

  /** Calls the listener when the server notifies the user; returns a function that ends it. */
  onNotice<Type extends NoticeType>(
    type: Type,
    listener: (frame: Extract<ServerFrame, { readonly type: Type }>) => void,
  ): () => void {
    const end = (): void => void this.#noticeListeners.delete(end);
    // Called for frames of this type only.
    this.#noticeListeners.set(end, { type, listener: listener as NoticeListener['listener'] });
    return end;
  }

  protected override onFrame(frame: ServerFrame): void {
    for (const { type, listener } of this.#noticeListeners.values()) {
      if (type === frame.type) listener(frame);
    }
    super.onFrame(frame);
  }

  override close(): void {
    this.#deletions.flush();
    super.close();
  }

  /**
   * Sends a message to a user by username. Returns the id of the direct conversation,
   * which the first message creates. If the outcome is unknown (`UNAVAILABLE`), call it
   * again with the same text: the message is stored only once.
   *
   * @throws {ChatError} `VALIDATION_ERROR`, `NOT_FOUND`, `FORBIDDEN`, `RATE_LIMITED`,
   * `UNAVAILABLE`.
   */
  async sendDirect(username: string, text: string): Promise<RoomId> {
    const { FirstDirectMessage } = later ?? (await load(import('./chat-page-later.ts')));
    this.#firstDirectMessage ??= new FirstDirectMessage(this.environment, this.requests);
    const { contentLengthMax } = this.store.getSnapshot();
    const roomId = await this.#firstDirectMessage.send(username, text, contentLengthMax);
    // The caller shows the conversation next, which needs the name of the person.
    await new Promise<void>((resolve) => this.conversations.refresh(resolve));
    return roomId;
  }

  /**
   * Creates a group conversation and returns its id. Users who require it are only invited.
   *
   * @throws {ChatError} `VALIDATION_ERROR`, `NOT_FOUND`, `FORBIDDEN`, `RATE_LIMITED`, `UNAVAILABLE`.
   */
  async createGroup(userIds: readonly UserId[], name: string): Promise<RoomId> {
    const named = name === '' ? {} : { name };
    const { roomId } = await this.requests.request('create_group', {
      userIds: [...userIds],
      ...named,
    });
    await new Promise<void>((resolve) => this.conversations.refresh(resolve));
    return roomId;
  }

  /**
   * Adds a user to a group or room, or invites a user who requires it.
   *
   * @throws {ChatError} `NOT_FOUND`, `FORBIDDEN`, `VALIDATION_ERROR` for a full group,
   * `RATE_LIMITED`, `UNAVAILABLE`.
   */
  async addToGroup(roomId: RoomId, userId: UserId): Promise<void> {
    const path = `/api/rooms/${encodeURIComponent(roomId)}/members/${encodeURIComponent(userId)}`;
    await this.http.call('PUT', path);
  }

  /** Deletes a message after 5 s; until then `undoDelete` keeps it. */
  deleteLater(target: MessageTarget): void {
    this.#deletions.request(target);
  }

  undoDelete(messageId: MessageId): void {
    this.#deletions.undo(messageId);
  }

  /** Sends what would wait for an undo: the page is closing. */
  flush(): void {
    this.#deletions.flush();
  }

  /** Whether a reload would lose an unsent message. */
  get hasUnstored(): boolean {
    const { outbox } = this.store.getSnapshot();
    return outbox.some(({ clientMessageId: id }) => this.persisted?.isDurable(id) !== true);
  }

  /**
   * Closes the client until the next `connect`. Its unsent messages are left to the other clients of the
   * user.
   *
   * @param options `discardUnsent` removes the unsent messages of the user from the storage; those of this
   * client stay in memory.
   */
  end({ discardUnsent }: { readonly discardUnsent: boolean }): void {
    // First: another client that holds the lock would store again what is removed here.
    if (discardUnsent) this.persisted?.close({ discard: true });
    this.close();
  }

  /**
   * Changes the password, and ends all other sessions. The session of this client is replaced, too,
   * so it connects again before the server closes its connection, which would cut requests off.
   *
   * @throws {ChatError} As {@link Account.changePassword}.
   */
  async changePassword(currentPassword: string, newPassword: string): Promise<void> {
    await this.account.changePassword(currentPassword, newPassword);
    this.renew();
  }

  /** Removes the mark as unread, if the room has it: the user came back to it. */
  async clearUnreadMark(roomId: RoomId): Promise<void> {
    const { directory, rooms } = this.store.getSnapshot();
    const listed = directory.rooms.find(({ id }) => id === roomId);
    const room = rooms.get(roomId);
    if (listed?.markedUnread !== true || room?.kind !== 'open') return;
    await this.readPositions.markUnopened(roomId, room.log.position);
    this.roomListPoller.refresh();
  }

  /**
   * Marks a room as unread, on all devices.
   *
   * @throws {ChatError} The server's error; `UNAVAILABLE` if no answer arrived.
   */
  async markUnread(roomId: RoomId): Promise<void> {
    await this.requests.request('mark_unread', { roomId });
    this.roomListPoller.refresh();
  }

  /**
   * Chooses which messages of a room call for the user, on all devices.
   *
   * @throws {ChatError} `NOT_FOUND`, `FORBIDDEN`, `RATE_LIMITED`, `UNAVAILABLE`.
   */
  async setNotificationLevel(roomId: RoomId, level: NotificationLevel): Promise<void> {
    await this.requests.request('set_notification_level', { roomId, level });
  }

  /**
   * Sets the topic of a room, or removes it for an empty text. Allowed for users with `canManage`.
   *
   * @throws {ChatError} `VALIDATION_ERROR`, `FORBIDDEN`, `RATE_LIMITED`, `UNAVAILABLE`.
   */
  async setTopic(roomId: RoomId, topic: string): Promise<void> {
    await this.requests.request('set_topic', { roomId, topic });
  }

  /**
   * Loads a page of the pinned messages of a room.
   *
   * @throws {ChatError} The server's error; `UNAVAILABLE` if no answer arrived.
   */
  async loadPins(roomId: RoomId, page: PinsPage = {}): Promise<Pins> {
    const pins = await this.requests.request('get_pins', { roomId, ...page });
    return { ...pins, messages: pins.messages.map(toMessage) };
  }

  /**
   * Sets the user's own presence and status text, which outlive the connection; with `untilMs`, until
   * then.
   *
   * @throws {ChatError} `VALIDATION_ERROR`; `UNAVAILABLE` if no answer arrived.
   */
  async setPresence(
    status: Exclude<PresenceStatus, 'offline'>,
    statusText?: string,
    untilMs?: number,
  ): Promise<void> {
    const text = statusText === undefined ? {} : { statusText };
    const end = untilMs === undefined ? {} : { until: new Date(untilMs).toISOString() };
    await this.requests.request('set_presence', { status, ...text, ...end });
  }

  /**
   * A page of mentions, replies, reactions and invitations, latest first.
   *
   * @param next From the page before.
   * @throws {ChatError} The server's error; `UNAVAILABLE` if no answer arrived.
   */
  loadActivity(next?: string): Promise<ActivityEntriesPage> {
    return this.requests.request('get_activity', next === undefined ? {} : { next });
  }

  /**
   * Sets the name that other users see; an empty text restores the username.
   *
   * @throws {ChatError} `VALIDATION_ERROR`; `CONFLICT` for a name that looks like the username of
   * another user; `UNAVAILABLE` if no answer arrived.
   */
  async setDisplayName(displayName: string): Promise<void> {
    await this.requests.request('set_display_name', { displayName });
  }

  /**
   * Marks everything in all rooms and conversations as read.
   *
   * @throws {ChatError} The server's error; `UNAVAILABLE` if no answer arrived.
   */
  async markAllRead(): Promise<void> {
    const { directory, rooms, unread } = this.store.getSnapshot();
    for (const room of rooms.values()) {
      if (room.kind === 'open') this.readPositions.mark(room.id, room.log.position);
    }
    const others = [...unread].filter(
      ([roomId, { unreadCount }]) =>
        (unreadCount > 0 && rooms.get(roomId)?.kind !== 'open') ||
        directory.rooms.some(({ id, markedUnread }) => id === roomId && markedUnread === true),
    );
    const marked = await Promise.allSettled(
      others.map(([roomId, { headSequence = 0 }]) =>
        this.readPositions.markUnopened(roomId, headSequence),
      ),
    );
    this.roomListPoller.refresh();
    this.conversations.refresh();
    for (const outcome of marked) if (outcome.status === 'rejected') throw outcome.reason;
  }
}
