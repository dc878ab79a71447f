/**
 * The state of one room in a client of the native dialect: messages reduced from the
 * received events, and the position. Written from the protocol reference, independently
 * of the SDK, so that the two check each other.
 */
import type { HeldMessage, RoomEvent } from '../history.ts';

/** An element of `history`, or the payload of `chat_message`. */
export interface MessagePayload {
  readonly id: string;
  readonly sequence: number;
  readonly userId: string;
  readonly content: string;
  readonly clientMessageId?: string;
  readonly editedAt?: string;
  readonly deleted?: boolean;
  readonly pinned?: boolean;
  readonly attachments?: readonly unknown[];
  readonly reactions?: readonly { readonly emoji: string; readonly userIds: readonly string[] }[];
}

export interface SnapshotPayload {
  readonly roomId: string;
  readonly history: readonly MessagePayload[];
  readonly events: readonly { readonly type: string; readonly payload: EventPayload }[];
  readonly headSequence: number;
  readonly epoch: string;
  readonly truncated: boolean;
}

export interface EventPayload {
  readonly sequence: number;
  readonly userId: string;
  readonly messageId?: string;
  readonly clientMessageId?: string;
  readonly content?: string;
  readonly emoji?: string;
  /** Of the end of a membership. */
  readonly reason?: string;
}

/** The frames that carry an event of the log, and its kind. */
export const LOGGED_FRAMES = {
  message_edited: 'edit',
  message_deleted: 'delete',
  reaction_added: 'add_reaction',
  reaction_removed: 'remove_reaction',
  message_pinned: 'pin',
  message_unpinned: 'unpin',
} as const;

export class HeldRoom {
  position = 0;
  epoch = '';
  readonly #messages = new Map<string, HeldMessage>();

  /** For resuming; empty for a room known only from events, which do not tell their log. */
  get resumePoint(): { readonly lastSequence: number; readonly epoch: string } | undefined {
    const { position: lastSequence, epoch } = this;
    return epoch === '' ? undefined : { lastSequence, epoch };
  }

  /** In the order of their sequences. */
  get messages(): HeldMessage[] {
    return [...this.#messages.values()].sort((one, other) => one.sequence - other.sequence);
  }

  /** Applies the snapshot of a join or resume: replaces the state, or adds to it. */
  takeSnapshot(snapshot: SnapshotPayload, isFirst: boolean): void {
    if (isFirst || snapshot.truncated || snapshot.epoch !== this.epoch) this.#messages.clear();
    this.epoch = snapshot.epoch;
    this.position = snapshot.headSequence;
    for (const message of snapshot.history) this.#put(toHeldMessage(message));
    for (const { type, payload } of snapshot.events) this.takeEvent(type, payload);
  }

  takeMessage(message: MessagePayload): void {
    this.#put(toHeldMessage(message));
    this.position = Math.max(this.position, message.sequence);
  }

  /** Any other event of the log; it may refer to a message that is not loaded. */
  takeEvent(type: string, event: EventPayload): void {
    this.position = Math.max(this.position, event.sequence);
    const held = this.#messages.get(event.messageId ?? '');
    if (held === undefined || held.deleted === true) return;
    this.#put(applyEvent(held, type, event));
  }

  #put(message: HeldMessage): void {
    this.#messages.set(message.id, message);
  }
}

export function toHeldMessage(message: MessagePayload): HeldMessage {
  const { id, sequence, userId, content, clientMessageId, reactions = [] } = message;
  const { attachments = [] } = message;
  return {
    id,
    sequence,
    userId,
    content,
    ...(clientMessageId === undefined ? {} : { clientMessageId }),
    edited: message.editedAt !== undefined,
    deleted: message.deleted === true,
    pinned: message.pinned === true,
    attachments,
    reactions: reactions.flatMap(({ emoji, userIds }) => userIds.map((id) => `${emoji} ${id}`)),
  };
}

export function toRoomEvent(type: string, payload: EventPayload): RoomEvent | undefined {
  const { sequence, userId, messageId, clientMessageId, content } = payload;
  const kind =
    type === 'user_left' || type === 'room_left'
      ? 'access_lost'
      : LOGGED_FRAMES[type as keyof typeof LOGGED_FRAMES];
  if (kind === undefined) return undefined;
  return {
    kind,
    sequence,
    userId,
    ...(messageId === undefined ? {} : { messageId }),
    ...(clientMessageId === undefined ? {} : { clientMessageId }),
    ...(content === undefined ? {} : { content }),
  };
}

function applyEvent(held: HeldMessage, type: string, event: EventPayload): HeldMessage {
  const { reactions = [] } = held;
  const reaction = `${event.emoji} ${event.userId}`;
  switch (type) {
    case 'message_edited':
      return { ...held, content: event.content ?? '', edited: true };
    case 'message_deleted': {
      const nothing = { content: '', edited: false, pinned: false, reactions: [], attachments: [] };
      return { ...held, ...nothing, deleted: true };
    }
    case 'reaction_added':
      return { ...held, reactions: [...reactions.filter((each) => each !== reaction), reaction] };
    case 'reaction_removed':
      return { ...held, reactions: reactions.filter((each) => each !== reaction) };
    case 'message_pinned':
      return { ...held, pinned: true };
    case 'message_unpinned':
      return { ...held, pinned: false };
    default:
      return held;
  }
}
