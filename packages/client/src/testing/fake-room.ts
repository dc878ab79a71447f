/** A room of the fake server: its log, and the current form of its messages. */
import type {
  ChatMessagePayload,
  ClientFrame,
  ClientPayload,
  Epoch,
  LoggedEvent,
  MessageId,
  ReactionPayload,
  RoomId,
  RoomSnapshot,
  ServerFrames,
  UserId,
  UserPayload,
} from '@parley/protocol';

/** Changes of messages that the fake supports. */
export type FakeChange =
  | { readonly kind: 'edit'; readonly content: string }
  | { readonly kind: 'delete' | 'pin' | 'unpin' }
  | { readonly kind: 'react' | 'unreact'; readonly emoji: string };

/** Commands that change a message, and how. */
const CHANGES: Readonly<Record<string, FakeChange['kind']>> = Object.freeze({
  edit_message: 'edit',
  delete_message: 'delete',
  pin_message: 'pin',
  unpin_message: 'unpin',
  add_reaction: 'react',
  remove_reaction: 'unreact',
});

/** The change that a command makes; undefined for another command. */
export function toFakeChange({ type, payload }: ClientFrame): FakeChange | undefined {
  const kind = CHANGES[type];
  // Each command has the fields of its kind.
  return kind && ({ ...(payload as object), kind } as unknown as FakeChange);
}

export class FakeRoom {
  readonly id: RoomId;
  readonly name: string;
  readonly epoch = 'epoch-1' as Epoch;
  /** The other user of a direct room. */
  readonly person: UserPayload | undefined;
  #messages: readonly ChatMessagePayload[] = [];
  #events: readonly (LoggedEvent & { readonly sequence: number })[] = [];
  #head = 0;

  constructor(id: RoomId, name: string, person?: UserPayload) {
    this.id = id;
    this.name = name;
    this.person = person;
  }

  get head(): number {
    return this.#head;
  }

  get messages(): readonly ChatMessagePayload[] {
    return this.#messages;
  }

  find(messageId: string): ChatMessagePayload | undefined {
    return this.#messages.find(({ id }) => id === messageId);
  }

  add(
    by: UserPayload,
    fields: Pick<ChatMessagePayload, 'content' | 'timestamp'> & Partial<ChatMessagePayload>,
  ): ChatMessagePayload {
    this.#head += 1;
    const { parentMessageId } = fields;
    const replyNumber = this.#messages.filter(
      (each) => each.parentMessageId === parentMessageId,
    ).length;
    const message: ChatMessagePayload = {
      ...fields,
      id: `${this.id}-message-${this.#head}` as MessageId,
      roomId: this.id,
      sequence: this.#head,
      userId: by.id,
      sender: by.username,
      ...(parentMessageId === undefined ? {} : { replyNumber: replyNumber + 1 }),
    };
    this.#messages = [...this.#messages, message];
    if (parentMessageId !== undefined) {
      this.#replace(parentMessageId, (parent) => ({
        ...parent,
        replyCount: (parent.replyCount ?? 0) + 1,
      }));
    }
    return message;
  }

  /** Returns the event that the users of the room receive. */
  change(userId: UserId, messageId: MessageId, change: FakeChange, now: string): LoggedEvent {
    this.#head += 1;
    const base = { roomId: this.id, messageId, sequence: this.#head, userId };
    const event = this.#apply(base, change, now);
    this.#events = [...this.#events, { ...event, sequence: this.#head }];
    return event;
  }

  /** Messages before, after or around a place, the newest by default. */
  page(
    bounds: Pick<ClientPayload<'get_history'>, 'before' | 'after' | 'around' | 'limit'>,
  ): ServerFrames['history'] {
    return { roomId: this.id, ...pageOf(this.#messages, bounds) };
  }

  /** Everything, or what is newer than a position. */
  snapshot(members: RoomSnapshot['members'], lastSequence = 0): RoomSnapshot {
    return {
      roomId: this.id,
      memberCount: members.length,
      memberTotal: members.length,
      members,
      history: this.#messages.filter(({ sequence }) => sequence > lastSequence),
      // The first page has the current form of its messages.
      events: this.#events
        .filter(({ sequence }) => lastSequence > 0 && sequence > lastSequence)
        .map(({ sequence: _, ...event }) => event as LoggedEvent),
      headSequence: this.#head,
      epoch: this.epoch,
      truncated: false,
    };
  }

  #apply(
    base: { roomId: RoomId; messageId: MessageId; sequence: number; userId: UserId },
    change: FakeChange,
    editedAt: string,
  ): LoggedEvent {
    const { messageId, userId } = base;
    switch (change.kind) {
      case 'edit': {
        const { content } = change;
        this.#replace(messageId, (message) => ({ ...message, content, editedAt }));
        return { type: 'message_edited', payload: { ...base, content, editedAt } };
      }
      case 'delete':
        this.#replace(messageId, tombstoneOf);
        return { type: 'message_deleted', payload: base };
      case 'pin':
        this.#replace(messageId, (message) => ({ ...message, pinned: true }));
        return { type: 'message_pinned', payload: base };
      case 'unpin':
        this.#replace(messageId, ({ pinned: _, ...message }) => message);
        return { type: 'message_unpinned', payload: base };
      case 'react':
      case 'unreact': {
        const { emoji, kind } = change;
        const before = this.find(messageId)?.reactions ?? [];
        const reactions = changeReactions(before, emoji, userId, kind === 'react');
        this.#replace(messageId, (message) => ({ ...message, reactions }));
        const count = reactions.find((each) => each.emoji === emoji)?.count ?? 0;
        const type = kind === 'react' ? 'reaction_added' : 'reaction_removed';
        return { type, payload: { ...base, emoji, count } };
      }
    }
  }

  #replace(id: MessageId, change: (message: ChatMessagePayload) => ChatMessagePayload): void {
    this.#messages = this.#messages.map((message) =>
      message.id === id ? change(message) : message,
    );
  }
}

export function pageOf(
  all: readonly ChatMessagePayload[],
  {
    around,
    limit = 50,
    ...bounds
  }: Pick<ClientPayload<'get_history'>, 'before' | 'after' | 'around' | 'limit'>,
): Omit<ServerFrames['history'], 'roomId'> {
  const toSequence = (bound: number | string | undefined): number | undefined =>
    typeof bound === 'string' ? all.find(({ id }) => id === bound)?.sequence : bound;
  const [before, after] = [toSequence(bounds.before), toSequence(bounds.after)];
  if (before !== undefined || (after === undefined && around === undefined)) {
    const below = all.filter(({ sequence }) => sequence < (before ?? Number.POSITIVE_INFINITY));
    return { messages: below.slice(-limit), hasMore: below.length > limit };
  }
  const half = after === undefined ? Math.floor(limit / 2) : 0;
  const isFrom = ({ id, sequence }: ChatMessagePayload): boolean =>
    typeof around === 'string' ? id === around : sequence >= (around ?? (after ?? 0) + 1);
  const found = all.findIndex(isFrom);
  const first = found < 0 ? all.length : found;
  const start = Math.max(0, first - half);
  const messages = all.slice(start, first + limit - half);
  const hasNewer = start + messages.length < all.length;
  const anchor = all[first] ?? all.at(-1);
  const anchored = anchor === undefined ? {} : { anchorSequence: anchor.sequence };
  const ends = half > 0 ? { hasMore: start > 0, hasNewer, ...anchored } : { hasMore: hasNewer };
  return { messages, ...ends };
}

function tombstoneOf(message: ChatMessagePayload): ChatMessagePayload {
  const { editedAt: _, reactions: __, pinned: ___, attachments: ____, ...rest } = message;
  return { ...rest, content: '', deleted: true };
}

function changeReactions(
  reactions: readonly ReactionPayload[],
  emoji: string,
  userId: UserId,
  isAdded: boolean,
): ReactionPayload[] {
  const others = reactions.filter((each) => each.emoji !== emoji);
  const before = reactions.find((each) => each.emoji === emoji)?.userIds ?? [];
  const without = before.filter((id) => id !== userId);
  const userIds = isAdded ? [...without, userId] : without;
  if (userIds.length === 0) return others;
  return [...others, { emoji, userIds, count: userIds.length }].sort((a, b) =>
    a.emoji < b.emoji ? -1 : 1,
  );
}
