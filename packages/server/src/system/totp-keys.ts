/** Codes of authenticator apps: SHA-1, six digits, 30 seconds, which is what all apps support. */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import type { TotpKeys } from '../ports/totp-keys.ts';

const STEP_MS = 30_000;
const DIGITS = 6;
/** As long as the digest, as RFC 4226 recommends. */
const SECRET_BYTES = 20;
const CIPHER = 'aes-256-gcm';
const [KEY_BYTES, NONCE_BYTES, TAG_BYTES] = [32, 12, 16];
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** @param secrets The first one seals, all of them open. */
export function totpKeys(secrets: readonly [string, ...string[]]): TotpKeys {
  const [sealing, ...others] = secrets.map(sealingKeyOf) as [Buffer, ...Buffer[]];
  return {
    create: (userId) => {
      const secret = randomBytes(SECRET_BYTES);
      return { secret: toBase32(secret), sealed: seal(sealing, userId, secret) };
    },
    verify: (userId, sealed, { code, nowMs }) => {
      const secret = open([sealing, ...others], userId, sealed);
      if (secret === undefined) return { kind: 'unreadable' };
      const now = Math.floor(nowMs / STEP_MS);
      // All three are compared, so that the time tells nothing of the code.
      const [step] = [now, now - 1, now + 1].filter((each) => isSame(code, codeOf(secret, each)));
      if (step === undefined) return { kind: 'no-match' };
      return { kind: 'match', step, resealed: seal(sealing, userId, secret) };
    },
  };
}

function sealingKeyOf(secret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'parley second factors', KEY_BYTES));
}

/** RFC 4226, section 5.3. */
function codeOf(secret: Buffer, step: number): string {
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

/** The id of the user is authenticated: the secret of another row does not open. */
function seal(key: Buffer, userId: string, secret: Buffer): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(userId));
  const text = Buffer.concat([cipher.update(secret), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url');
}

function open(keys: readonly Buffer[], userId: string, sealed: string): Buffer | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length !== NONCE_BYTES + TAG_BYTES + SECRET_BYTES) return undefined;
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  for (const key of keys) {
    try {
      const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(userId)).setAuthTag(tag);
      const text = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
      return Buffer.concat([text, decipher.final()]);
    } catch {
      // Sealed with another key.
    }
  }
  return undefined;
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
