/**
 * The secret id by which Socket.IO knows a client again: what it tells all by itself, on a
 * node that has never seen the client too. The client gives it back as it is. It is signed:
 * an id that a client made up would be remembered in whatever length it has.
 */
import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import type { UserId } from '@parley/protocol';

/** Longer than any id that was made here. */
const ID_LENGTH_MAX = 256;
/** Keeps the key apart from other uses of the same secret. */
const PURPOSE = 'socketio-secret-id';

export class SecretIds {
  readonly #secrets: readonly [string, ...string[]];

  /** @param secrets The first one signs; all of them are valid. */
  constructor(secrets: readonly [string, ...string[]]) {
    this.#secrets = secrets;
  }

  /** `offset` is what the client has come with, and did not go on from: it may still give it back. */
  create(userId: UserId, offset: string | undefined): string {
    const [secret] = this.#secrets;
    const text = [randomUUID(), offset === undefined ? '' : digest(offset), userId].join('.');
    return `${text}.${sign(text, secret)}`;
  }

  /** The user for whom a server made the id; undefined for any other text. */
  ownerOf(privateId: string): UserId | undefined {
    const parts = partsOf(privateId);
    if (parts === undefined) return undefined;
    const { text = '', owner, signature = '' } = parts;
    const isOurs = this.#secrets.some((secret) => isSame(sign(text, secret), signature));
    return isOurs ? (owner as UserId) : undefined;
  }
}

/** Whether the client had this offset before it had the id, and so none since. */
export function hasBegunWith(privateId: string, offset: string): boolean {
  return partsOf(privateId)?.['before'] === digest(offset);
}

const FORM = /^(?<text>[^.]*\.(?<before>[^.]*)\.(?<owner>[^.]+(?:\.[^.]+)*))\.(?<signature>[^.]+)$/;

function partsOf(privateId: string): Readonly<Record<string, string>> | undefined {
  return privateId.length > ID_LENGTH_MAX ? undefined : FORM.exec(privateId)?.groups;
}

function sign(text: string, secret: string): string {
  return createHmac('sha256', secret).update(PURPOSE).update('\0').update(text).digest('base64url');
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** So long that no two offsets of one client have the same. */
const DIGEST_LENGTH = 12;

function digest(offset: string): string {
  return createHash('sha256').update(offset).digest('base64url').slice(0, DIGEST_LENGTH);
}
