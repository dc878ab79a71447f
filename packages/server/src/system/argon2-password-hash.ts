/**
 * Password hashing with argon2id (RFC 9106), stored in the PHC string format so that parameters can
 * be raised: an old hash is verified with the parameters that it names.
 */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { isWithinLimits, readArgon2Hash } from '../model/argon2-hash.ts';
import type { PasswordHash } from '../ports/password-hash.ts';

interface Parameters {
  readonly memoryKib: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** OWASP's first recommendation: 19 MiB, 2 passes. About 17 ms on a 2020s server core. */
const PARAMETERS: Parameters = Object.freeze({ memoryKib: 19_456, passes: 2, parallelism: 1 });
const SALT_BYTES = 16;
const TAG_BYTES = 32;

const derive = promisify(argon2);

export const argon2PasswordHash = argon2HashOf(PARAMETERS);

export function argon2HashOf(parameters: Parameters): PasswordHash {
  return Object.freeze({
    async hash(password: string) {
      const salt = randomBytes(SALT_BYTES);
      const tag = await deriveTag(password, salt, parameters, TAG_BYTES);
      const { memoryKib, passes, parallelism } = parameters;
      return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${parallelism}$${encode(salt)}$${encode(tag)}`;
    },

    async verify(password: string, hashed: string) {
      const stored = readArgon2Hash(hashed);
      if (stored === undefined) throw new Error('The stored hash is not argon2id');
      const expected = Buffer.from(stored.tag, 'base64');
      const salt = Buffer.from(stored.salt, 'base64');
      if (!isWithinLimits(stored)) {
        await deriveTag(password, salt, parameters, TAG_BYTES); // As long as any other password.
        return false;
      }
      const found = await deriveTag(password, salt, stored, expected.length);
      return timingSafeEqual(found, expected);
    },
  });
}

function deriveTag(
  password: string,
  salt: Buffer,
  { memoryKib, passes, parallelism }: Parameters,
  tagLength: number,
): Promise<Buffer> {
  return derive('argon2id', {
    message: password,
    nonce: salt,
    memory: memoryKib,
    passes,
    parallelism,
    tagLength,
  });
}

/** Base64 without padding, as in the PHC format. */
function encode(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}
