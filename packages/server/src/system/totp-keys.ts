/** Codes of authenticator apps: SHA-1, six digits, 30 seconds, which is what all apps support. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { TotpKeys } from '../ports/totp-keys.ts';
import { sealerOf } from './sealer.ts';

const STEP_MS = 30_000;
const DIGITS = 6;
/** As long as the digest, as RFC 4226 recommends. */
const SECRET_BYTES = 20;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** @param secrets The first one seals, all of them open. The id of the user is the context of the secret. */
export function totpKeys(secrets: readonly [string, ...string[]]): TotpKeys {
  const sealer = sealerOf(secrets, 'parley second factors');
  return {
    create: (userId) => {
      const secret = randomBytes(SECRET_BYTES);
      return { secret: toBase32(secret), sealed: sealer.seal(userId, secret) };
    },
    verify: (userId, sealed, { code, nowMs }) => {
      const secret = sealer.open(userId, sealed);
      if (secret?.length !== SECRET_BYTES) return { kind: 'unreadable' };
      const now = Math.floor(nowMs / STEP_MS);
      // All three are compared, so that the time tells nothing of the code.
      const [step] = [now, now - 1, now + 1].filter((each) => isSame(code, codeOf(secret, each)));
      if (step === undefined) return { kind: 'no-match' };
      return { kind: 'match', step, resealed: sealer.seal(userId, secret) };
    },
  };
}

/** RFC 4226, section 5.3. */
function codeOf(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', secret).update(counter).digest();
  const offset = digest.readUInt8(digest.length - 1) & 0xf;
  const number = (digest.readUInt32BE(offset) & 0x7fffffff) % 10 ** DIGITS;
  return String(number).padStart(DIGITS, '0');
}

function isSame(given: string, code: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(code)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** RFC 4648, section 6; 20 bytes need no padding. */
function toBase32(bytes: Buffer): string {
  let text = '';
  let [bits, count] = [0, 0];
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    count += 8;
    while (count >= 5) {
      count -= 5;
      text += BASE32[(bits >>> count) & 31];
    }
    bits &= (1 << count) - 1;
  }
  return text;
}
