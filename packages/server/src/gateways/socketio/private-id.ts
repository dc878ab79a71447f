/**
 * The secret id by which Socket.IO recognizes a reconnecting client. Its content is valid on any
 * node, also on one that has never seen the client, which returns it unchanged. It is signed:
 * otherwise the server would store ids of any length that clients invent.
 */
import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import type { UserId } from '@parley/protocol';

/** Longer than any id that is created here. */
const ID_LENGTH_MAX = 256;
/** Separates the key from other uses of the same secret. */
const PURPOSE = 'socketio-secret-id';

export class SecretIds {
  readonly #secrets: readonly [string, ...string[]];

  /** @param secrets The first one signs; all of them verify. */
  constructor(secrets: readonly [string, ...string[]]) {
    this.#secrets = secrets;
  }

  /** @param offset Offset that the client sent but did not resume from; it may still send it again. */
  create(userId: UserId, offset: string | undefined): string {
    const [secret] = this.#secrets;
    const text = [randomUUID(), offset === undefined ? '' : digest(offset), userId].join('.');
    return `${text}.${sign(text, secret)}`;
  }

  /** Returns the user of an id created by a server; undefined for any other text. */
  ownerOf(privateId: string): UserId | undefined {
    const parts = partsOf(privateId);
    if (parts === undefined) return undefined;
    const { text = '', owner, signature = '' } = parts;
    const isOurs = this.#secrets.some((secret) => isSame(sign(text, secret), signature));
    return isOurs ? (owner as UserId) : undefined;
  }
}

/** Whether the client had this offset before it got the id, and therefore received none since. */
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

/** Long enough to be different for any two offsets of one client. */
const DIGEST_LENGTH = 12;

function digest(offset: string): string {
  return createHash('sha256').update(offset).digest('base64url').slice(0, DIGEST_LENGTH);
}
