/** The audit log: who did what to whom. Its entries form a chain, each with the digest of the one before. */
import type { AuditAction, UserId } from '@parley/protocol';

/** Actor of what the operator does at the command line, and of what the server does by itself. */
export const OPERATOR = 'operator';
export const SERVER = 'server';

/** The actor, with address and time. */
export interface By {
  readonly actor: UserId | typeof OPERATOR | typeof SERVER;
  /** Of the client; of an operator `name@host`; empty if unknown. */
  readonly address: string;
  readonly atMs: number;
}

/** The content of an entry. It has ids in place of names, which change, and can be deleted. */
export interface Recorded extends By {
  readonly action: AuditAction;
  /** Id of what the action was done to. */
  readonly target: string;
  /** The new role, what has changed, or where: words and ids with spaces between; empty if there is nothing. */
  readonly detail?: string | undefined;
  /** Of a change of a name. Not part of the chain: they are deleted with the account of the target. */
  readonly renamed?: Renamed | undefined;
}

export interface Renamed {
  readonly from: string;
  readonly to: string;
}

/** Entries that say the same of a user within the window: the further acts are one entry, `more` and their number. */
export const SAME_ENTRIES_MAX = 20;
/** It begins with the first of them. */
export const SAME_WINDOW_MS = 60 * 60 * 1000;

/** Not of what each deletes another message, nor of the operator, who could hide nothing. */
export function isCounted({ actor, action }: Pick<Recorded, 'actor' | 'action'>): boolean {
  return actor !== OPERATOR && actor !== SERVER && action !== 'message.delete';
}

export interface AuditEntry extends Omit<Recorded, 'actor' | 'action' | 'detail' | 'renamed'> {
  /** Position in the chain: 1, 2, 3 … */
  readonly id: number;
  readonly actor: string;
  /** Of this version or another one. */
  readonly action: string;
  readonly detail: string;
  /** SHA-256 of `encodeEntry` in hex. */
  readonly digest: string;
}

/**
 * An entry with the names that its users have now, and its rooms and workspaces: of rooms that are not
 * private, and that still exist.
 */
export interface ShownEntry extends AuditEntry {
  readonly actorName: string | undefined;
  readonly targetName: string | undefined;
  /** Of the room in which it was done. */
  readonly roomName: string | undefined;
  readonly renamed: Renamed | undefined;
}

/** The text of an entry whose digest the chain has: a JSON array without spaces. */
export function encodeEntry(previousDigest: string, entry: Omit<AuditEntry, 'digest'>): string {
  const { id, atMs, actor, action, target, address, detail } = entry;
  return JSON.stringify([previousDigest, id, atMs, actor, action, target, address, detail]);
}

/** Entries to read, latest first. */
export interface AuditQuery {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  /** Only entries before this one. */
  readonly before?: number | undefined;
  readonly limit: number;
}
