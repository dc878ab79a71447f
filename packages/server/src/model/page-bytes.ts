/**
 * Sizes of log pages in bytes: a page has a maximum number of items and a maximum size, because a
 * message with attachments and reactions can be a thousand times larger than a short one.
 */
import type { Message } from './message.ts';
import type { RoomEvent } from './room-event.ts';

/**
 * Maximum bytes of a page of history or events; a longer page ends earlier. A frame or answer with a
 * page then has at most 1 MiB: the rest is for what is not counted, such as ids that clients choose,
 * and the people of a room.
 */
export const PAGE_BYTES_MAX = 640 * 1024;

/** Bytes counted for the fields of an item that have no variable length. */
export const ITEM_BYTES = 300;

/** Bytes counted for one emoji of a message, and for each user listed with it. */
export const REACTION_ITEM_BYTES = 60;
export const REACTION_USER_BYTES = 40;

/** Bytes of a text in JSON, with its quotes: an escaped character has up to six. The SQL stores compute the same value. */
function textBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}

/** Approximate size of a message on the wire. The SQL stores compute the same value. */
export function messageBytes({ content, attachments, reactions }: Message): number {
  const attached = attachments.length === 0 ? 0 : Buffer.byteLength(JSON.stringify(attachments));
  let reacted = 0;
  for (const { userIds } of reactions) {
    reacted += REACTION_ITEM_BYTES + REACTION_USER_BYTES * userIds.length;
  }
  return ITEM_BYTES + textBytes(content) + attached + reacted;
}

/** Approximate size of an event on the wire. */
export function eventBytes(event: RoomEvent): number {
  if (event.kind === 'message') return messageBytes(event.message);
  return ITEM_BYTES + (event.kind === 'edit' ? textBytes(event.content) : 0);
}

/** Number of leading items that fit into `bytesMax`; at least one, so that a reader advances. */
export function countFitting<T>(
  items: readonly T[],
  bytesMax: number,
  bytesOf: (item: T) => number,
): number {
  let bytes = 0;
  for (const [index, item] of items.entries()) {
    bytes += bytesOf(item);
    if (bytes > bytesMax) return Math.max(index, 1);
  }
  return items.length;
}
