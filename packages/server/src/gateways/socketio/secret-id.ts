/**
 * The secret id by which Socket.IO knows a client again: what it tells all by itself, on a
 * node that has never seen the client too. The client gives it back as it is.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { UserId } from '@parley/protocol';

/** `offset` is what the client has come with, and did not go on from: it may still give it back. */
export function newSecretId(userId: UserId, offset: string | undefined): string {
  return [randomUUID(), offset === undefined ? '' : digest(offset), userId].join('.');
}

/** Whose it is said to be; who comes with it says first who they are. */
export function ownerOf(secretId: string): UserId | undefined {
  return partsOf(secretId)?.owner as UserId | undefined;
}

/** Whether the client had this offset before it had the id, and so none since. */
export function hasBegunWith(secretId: string, offset: string): boolean {
  return partsOf(secretId)?.before === digest(offset);
}

const FORM = /^[^.]*\.(?<before>[^.]*)\.(?<owner>.+)$/;

function partsOf(secretId: string): Readonly<Record<string, string>> | undefined {
  return FORM.exec(secretId)?.groups;
}

/** So long that no two offsets of one client have the same. */
const DIGEST_LENGTH = 12;

function digest(offset: string): string {
  return createHash('sha256').update(offset).digest('base64url').slice(0, DIGEST_LENGTH);
}
