/** Ids, tokens and digests from the platform's cryptography. */
import { hash, randomBytes, randomUUID, randomUUIDv7 } from 'node:crypto';
import type { Crypto } from '../ports/crypto.ts';

const TOKEN_BYTES = 32;

/**
 * Copies a text into one piece. The platform concatenates a UUID from a dozen strings and keeps
 * them all, 450 bytes, for as long as the id lives.
 */
const inOnePiece = (text: string): string => Buffer.from(text, 'latin1').toString('latin1');

export const systemCrypto: Crypto = Object.freeze({
  newId: () => inOnePiece(randomUUIDv7()),
  newRandomId: () => inOnePiece(randomUUID()),
  newToken: () => randomBytes(TOKEN_BYTES).toString('base64url'),
  digest: (text: string) => hash('sha256', text),
});
