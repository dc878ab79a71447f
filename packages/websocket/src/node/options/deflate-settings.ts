/** Compression options (permessage-deflate, RFC 7692), the same for servers and clients. */

import type { IntegerRange } from './value-checks.ts';
import { checkInteger, rejectOption, rejectUnknownOption } from './value-checks.ts';

export interface PerMessageDeflateOptions {
  /**
   * Maximum LZ77 window of the server, as the power n of 2^n bytes. A client that asks for less
   * gets less, down to 9. Range 9 to 15. Default 15: best compression, for 32 KiB of memory in the
   * peer.
   */
  readonly serverMaxWindowBits: number;

  /**
   * Maximum LZ77 window of the client, as the power n of 2^n bytes. If a client cannot be limited
   * to less than 15, compression is not agreed on. Range 9 to 15. Default 15.
   */
  readonly clientMaxWindowBits: number;

  /**
   * Whether the server compresses each message independently, so that neither side keeps a window
   * between messages. Default `false`: small messages that resemble each other compress far better
   * with the previous ones as context.
   */
  readonly serverNoContextTakeover: boolean;

  /** The same for the messages of the client. Default `false`. */
  readonly clientNoContextTakeover: boolean;

  /**
   * Minimum size in bytes of a message that is compressed, unless `compress` says otherwise. A
   * larger message that would not shrink is also sent uncompressed. With 0 all messages are
   * compressed, as conformance suites require. Range 0 to 2^31 - 1. Default 1,024: below it,
   * compression saves less than a packet.
   */
  readonly threshold: number;

  /**
   * Compression level of zlib, from 1 (fastest) to 9 (smallest). Default 6, which is zlib's
   * default.
   */
  readonly level: number;

  /**
   * Memory level of zlib while it compresses, from 1 (least) to 9 (most); a message that needs less
   * memory uses less. Default 8, which is zlib's default: 256 KiB with a window of 15 bits.
   */
  readonly memLevel: number;

  /**
   * Maximum number of large messages that are compressed or decompressed at one time, off the event
   * loop. Range 1 to 1,024. Default 3: of Node's four default threads, one stays free for files,
   * DNS lookups and password hashes.
   */
  readonly concurrencyLimit: number;
}

export const DEFLATE_DEFAULTS: PerMessageDeflateOptions = Object.freeze({
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  threshold: 1_024,
  level: 6,
  memLevel: 8,
  concurrencyLimit: 3,
});

const BOUNDS: Readonly<Record<string, IntegerRange>> = {
  serverMaxWindowBits: [9, 15],
  clientMaxWindowBits: [9, 15],
  threshold: [0, 2 ** 31 - 1],
  level: [1, 9],
  memLevel: [1, 9],
  concurrencyLimit: [1, 1_024],
} satisfies Partial<Record<keyof PerMessageDeflateOptions, IntegerRange>>;

export interface CompressionSettings {
  /**
   * Whether permessage-deflate is offered to peers: `true` for the default options, or an object
   * with other options. Default `false`: compression costs CPU, and up to 36 KiB for each
   * connection that sends and receives compressed messages. `serverNoContextTakeover` and
   * `clientNoContextTakeover` save that memory.
   */
  readonly perMessageDeflate: boolean | Partial<PerMessageDeflateOptions>;
}

export const COMPRESSION_DEFAULTS: CompressionSettings = Object.freeze({
  perMessageDeflate: false,
});

/**
 * Returns the complete compression options; `undefined` if compression is off.
 *
 * @throws {WebSocketError} `INVALID_ARGUMENT`, naming the option, the value and the range.
 */
export function checkDeflateSettings(
  given: CompressionSettings['perMessageDeflate'],
): PerMessageDeflateOptions | undefined {
  if (given === false) return undefined;
  if (given === true) return DEFLATE_DEFAULTS;
  if (typeof given !== 'object' || given === null) {
    rejectOption('perMessageDeflate', given, 'true, false or an object');
  }
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [name, value] of set) checkSetting(name, value);
  return Object.freeze({ ...DEFLATE_DEFAULTS, ...Object.fromEntries(set) });
}

function checkSetting(name: string, value: unknown): void {
  const path = `perMessageDeflate.${name}`;
  if (!Object.hasOwn(DEFLATE_DEFAULTS, name)) rejectUnknownOption(path);
  const bounds = BOUNDS[name];
  if (bounds !== undefined) checkInteger(path, value, bounds);
  else if (typeof value !== 'boolean') rejectOption(path, value, 'true or false');
}
