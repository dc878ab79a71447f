/** Ids, tokens and digests from the platform's own cryptography. */
import { hash, randomBytes, randomUUID, randomUUIDv7 } from 'node:crypto';
import type { Secrets } from '../ports/secrets.ts';

const TOKEN_BYTES = 32;

export const systemSecrets: Secrets = Object.freeze({
  newId: () => randomUUIDv7(),
  newRandomId: () => randomUUID(),
  newToken: () => randomBytes(TOKEN_BYTES).toString('base64url'),
  digest: (text: string) => hash('sha256', text),
});
