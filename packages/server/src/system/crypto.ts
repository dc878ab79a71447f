/** Ids, tokens and digests from the platform's own cryptography. */
import { hash, randomBytes, randomUUID, randomUUIDv7 } from 'node:crypto';
import type { Crypto } from '../ports/crypto.ts';

const TOKEN_BYTES = 32;

/**
 * The platform puts a UUID together from a dozen pieces of text, and keeps all of them, 450 bytes,
 * for as long as the id lives. Read back from bytes it is one piece.
 */
const inOnePiece = (text: string): string => Buffer.from(text, 'latin1').toString('latin1');

export const systemCrypto: Crypto = Object.freeze({
  newId: () => inOnePiece(randomUUIDv7()),
  newRandomId: () => inOnePiece(randomUUID()),
  newToken: () => randomBytes(TOKEN_BYTES).toString('base64url'),
  digest: (text: string) => hash('sha256', text),
});
