/** How messages are compressed (permessage-deflate, RFC 7692); the same for a server and a client. */
import type { Bounds } from './bounds.ts';
import { checkInteger, rejectOption } from './checks.ts';

export interface PerMessageDeflateOptions {
  /**
   * The server's LZ77 window is at most 2^n bytes. A client that asks for less gets
   * less, down to 9. Range 9 to 15. Default 15: compresses best, and costs a peer 32 KiB.
   */
  readonly serverMaxWindowBits: number;

  /**
   * The client's LZ77 window is at most 2^n bytes; a client that cannot be bound to
   * less than 15 gets plain frames. Range 9 to 15. Default 15.
   */
  readonly clientMaxWindowBits: number;

  /**
   * Whether each message of the server stands for itself, so that neither side keeps
   * anything between messages. Default `false`: small messages that resemble each
   * other shrink far better with what came before.
   */
  readonly serverNoContextTakeover: boolean;

  /** The same for the messages of the client. Default `false`. */
  readonly clientNoContextTakeover: boolean;

  /**
   * Messages below this many bytes go out plain, unless `compress` says otherwise.
   * Above, one that would not shrink goes out plain too; with 0 all are compressed,
   * which conformance suites ask for. Range 0 to 2^31 - 1. Default 1,024: below,
   * what is saved is less than a packet.
   */
  readonly threshold: number;

  /** zlib's level, 1 fast to 9 small. Default 6, zlib's own. */
  readonly level: number;

  /**
   * Memory of zlib while it compresses, 1 least to 9 most; a message that needs less
   * takes less. Default 8, zlib's own: 256 KiB with a window of 15 bits.
   */
  readonly memLevel: number;

  /**
   * Large messages that are worked on at one time, off the loop. Range 1 to 1,024.
   * Default 3: of the four threads that Node has by default, one stays free for
   * files, names and passwords.
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

const BOUNDS = {
  serverMaxWindowBits: [9, 15],
  clientMaxWindowBits: [9, 15],
  threshold: [0, 2 ** 31 - 1],
  level: [1, 9],
  memLevel: [1, 9],
  concurrencyLimit: [1, 1_024],
} as const satisfies Partial<Record<keyof PerMessageDeflateOptions, Bounds>>;

export interface CompressionSettings {
  /**
   * Whether permessage-deflate is offered to peers; `true` for the defaults, an
   * object for others. Default `false`: it costs CPU, and for a connection that sends
   * and gets compressed messages up to 36 KiB, which `serverNoContextTakeover` and
   * `clientNoContextTakeover` save.
   */
  readonly perMessageDeflate: boolean | Partial<PerMessageDeflateOptions>;
}

export const COMPRESSION_DEFAULTS: CompressionSettings = Object.freeze({
  perMessageDeflate: false,
});

/**
 * The settings in full; `undefined` without compression.
 *
 * @throws {WebSocketError} `INVALID_ARGUMENT`, naming option, value found and range.
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
  if (!Object.hasOwn(DEFLATE_DEFAULTS, name)) rejectOption(path, 'set', 'an option that exists');
  const bounds: Bounds | undefined = Object.entries(BOUNDS).find(([each]) => each === name)?.[1];
  if (bounds === undefined) {
    if (typeof value !== 'boolean') rejectOption(path, value, 'true or false');
    return;
  }
  checkInteger(path, value, bounds);
}
