/** The commands of a user, and their forms: as a frame, and in the history. */
import type { CommandKind, SendEntry } from '../history.ts';
import { type EventPayload, LOGGED_FRAMES } from './held-room.ts';

export interface Command {
  readonly kind: CommandKind;
  readonly roomId: string;
  readonly clientMessageId: string;
  readonly content?: string;
  readonly attachments?: readonly unknown[];
  readonly targetId?: string;
  readonly emoji?: string;
  /** For a direct message: `roomId` is then the test's name for the room of the two users. */
  readonly recipientId?: string;
}

const FRAME_TYPES: Record<CommandKind, string> = {
  message: 'chat_message',
  edit: 'edit_message',
  delete: 'delete_message',
  add_reaction: 'add_reaction',
  remove_reaction: 'remove_reaction',
  pin: 'pin_message',
  unpin: 'unpin_message',
};

/** The kind of event that the acknowledgement of each command stands for. */
const EVENT_TYPES = Object.fromEntries(
  Object.entries(LOGGED_FRAMES).map(([type, kind]) => [kind, type]),
);

/** The frame of a command. */
export function toFrame(command: Command): { readonly type: string; readonly payload: object } {
  const { kind, roomId, recipientId, clientMessageId, targetId } = command;
  const place = recipientId === undefined ? { roomId } : { recipientId };
  const target = targetId === undefined ? {} : { messageId: targetId };
  const type = recipientId === undefined ? FRAME_TYPES[kind] : 'direct_message';
  return { type, payload: { ...place, clientMessageId, ...saidBy(command), ...target } };
}

/** The same for the history. */
export function toEntry(
  command: Command,
): Pick<SendEntry, 'kind' | 'clientMessageId' | 'content' | 'attachments' | 'targetId' | 'emoji'> {
  const { kind, clientMessageId, targetId } = command;
  const target = targetId === undefined ? {} : { targetId };
  return { kind, clientMessageId, ...saidBy(command), ...target };
}

/** The event that the acknowledgement of a command other than a message stands for. */
export function toEvent(
  { kind, targetId = '', content = '', emoji = '' }: Command,
  place: { readonly sequence: number; readonly userId: string },
): { readonly type: string; readonly event: EventPayload } {
  const event = { ...place, messageId: targetId, content, emoji };
  return { type: EVENT_TYPES[kind] ?? '', event };
}

function saidBy({ content, attachments, emoji }: Command) {
  return {
    ...(content === undefined ? {} : { content }),
    ...(attachments === undefined ? {} : { attachments }),
    ...(emoji === undefined ? {} : { emoji }),
  };
}
