/**
 * Ids as branded strings: a room's id cannot be passed where a user's is meant.
 *
 * The brand exists for the compiler only. Ids come from the server's id source
 * or, once, from decoded input; nothing else makes one.
 */
declare const brand: unique symbol;

export type RoomId = string & { readonly [brand]: 'RoomId' };
export type UserId = string & { readonly [brand]: 'UserId' };
export type MessageId = string & { readonly [brand]: 'MessageId' };
export type ConnectionId = string & { readonly [brand]: 'ConnectionId' };
export type WorkspaceId = string & { readonly [brand]: 'WorkspaceId' };
/** Chosen by the sender, 1 to 128 characters; the key under which a retry is the same command. */
export type ClientMessageId = string & { readonly [brand]: 'ClientMessageId' };
/** Which log a position belongs to: a position of another epoch means nothing. */
export type Epoch = string & { readonly [brand]: 'Epoch' };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text has the form of a UUID, of any version. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
