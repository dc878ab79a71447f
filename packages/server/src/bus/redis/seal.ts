/**
 * Proves that a message comes from a node of this cluster: everyone who reaches Redis can publish.
 * The code is bound to the channel. It does not prevent repeats, which receivers tolerate.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

const KEY_BYTES = 32;
/** Half of the digest: what RFC 2104 recommends at least. */
const CODE_BYTES = 16;
/** Characters of the code in base64url. */
const CODE_LENGTH = 22;

export class Seal {
  readonly #keys: readonly Uint8Array[];

  /** @param secrets Secrets that the nodes share: the first one signs, all of them verify. */
  constructor(secrets: readonly [string, ...string[]]) {
    this.#keys = secrets.map((secret) => {
      return new Uint8Array(hkdfSync('sha256', secret, '', 'parley bus', KEY_BYTES));
    });
  }

  seal(channel: string, text: string): string {
    const [first = new Uint8Array()] = this.#keys;
    return codeOf(first, channel, text).toString('base64url') + text;
  }

  /** Whether a node of this cluster has sealed the text for this channel. */
  isGenuine(channel: string, sealed: string): boolean {
    const code = Buffer.from(sealed.slice(0, CODE_LENGTH), 'base64url');
    const text = unsealed(sealed);
    return (
      code.length === CODE_BYTES &&
      this.#keys.some((key) => timingSafeEqual(codeOf(key, channel, text), code))
    );
  }
}

/** The text without its code, whether or not that is genuine. */
export function unsealed(sealed: string): string {
  return sealed.slice(CODE_LENGTH);
}

function codeOf(key: Uint8Array, channel: string, text: string): Buffer {
  const hmac = createHmac('sha256', key).update(channel).update('\0').update(text);
  return hmac.digest().subarray(0, CODE_BYTES);
}
