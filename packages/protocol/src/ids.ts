/**
 * Ids as branded strings: the compiler rejects a room's id where a user's id is expected.
 *
 * The brand exists for the compiler only. The server's id generator creates ids, and decoded input
 * is cast to them once.
 */
declare const brand: unique symbol;

export type RoomId = string & { readonly [brand]: 'RoomId' };
export type UserId = string & { readonly [brand]: 'UserId' };
export type MessageId = string & { readonly [brand]: 'MessageId' };
export type ConnectionId = string & { readonly [brand]: 'ConnectionId' };
export type WorkspaceId = string & { readonly [brand]: 'WorkspaceId' };
/** Chosen by the sender, 1 to 128 characters; a retry with the same id is the same command. */
export type ClientMessageId = string & { readonly [brand]: 'ClientMessageId' };
/** The log that a position belongs to. A position of another epoch is invalid. */
export type Epoch = string & { readonly [brand]: 'Epoch' };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text is a UUID of any version. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
