/** Compression options (permessage-deflate, RFC 7692), the same for servers and clients. */
import { completeOptions, flag, integer, type OptionValues, option } from './option-table.ts';

export const DEFLATE_OPTIONS = Object.freeze({
  /**
   * Maximum LZ77 window of the server, as the power n of 2^n bytes; a client that asks for less
   * gets less. Range 9 to 15. Default 15: best compression, for 32 KiB of memory in the peer.
   */
  serverMaxWindowBits: integer(15, [9, 15]),

  /**
   * Maximum LZ77 window of the client, as the power n of 2^n bytes. If a client cannot be limited
   * to less than 15, compression is not agreed on. Range 9 to 15. Default 15.
   */
  clientMaxWindowBits: integer(15, [9, 15]),

  /**
   * Whether the server compresses each message independently, so that neither side keeps a window
   * between messages. Default `false`: small messages that resemble each other compress far better
   * with the previous ones as context.
   */
  serverNoContextTakeover: flag(false),

  /** The same for the messages of the client. Default `false`. */
  clientNoContextTakeover: flag(false),

  /**
   * Minimum size in bytes of a message that is compressed, unless `compress` says otherwise. A
   * larger message that would not shrink is also sent uncompressed. With 0 all messages are
   * compressed, as conformance suites require. Range 0 to 2^31 - 1. Default 1,024: below it,
   * compression saves less than a packet.
   */
  threshold: integer(1_024, [0, 2 ** 31 - 1]),

  /**
   * Compression level of zlib, from 1 (fastest) to 9 (smallest). Default 3: against zlib's default
   * of 6, text becomes 1 to 4 % larger, and 16 KiB occupy the event loop less than half as long.
   */
  level: integer(3, [1, 9]),

  /**
   * Memory level of zlib while it compresses, from 1 (least) to 9 (most); a message that needs less
   * memory uses less. Default 8, which is zlib's default: 256 KiB with a window of 15 bits.
   */
  memLevel: integer(8, [1, 9]),

  /**
   * Maximum number of large messages that are compressed or decompressed at one time, off the event
   * loop. Range 1 to 1,024. Default 3: of Node's four default threads, one stays free for files,
   * DNS lookups and password hashes.
   */
  concurrencyLimit: integer(3, [1, 1_024]),
});

export type PerMessageDeflateOptions = OptionValues<typeof DEFLATE_OPTIONS>;

export const COMPRESSION_OPTIONS = Object.freeze({
  /**
   * Whether permessage-deflate is offered to peers: `true` for the default options, or an object
   * with other options. Default `false`: compression costs CPU, and up to 36 KiB for each
   * connection that sends and receives compressed messages. `serverNoContextTakeover` and
   * `clientNoContextTakeover` save that memory.
   */
  perMessageDeflate: option<boolean | Partial<PerMessageDeflateOptions>>(
    false,
    'true, false or an object',
    (value) => typeof value === 'boolean' || (typeof value === 'object' && value !== null),
  ),
});

export type CompressionSettings = OptionValues<typeof COMPRESSION_OPTIONS>;

/** The complete compression options; `undefined` if compression is off. */
export function checkDeflateSettings(
  given: CompressionSettings['perMessageDeflate'],
): PerMessageDeflateOptions | undefined {
  if (given === false) return undefined;
  const changes = given === true ? {} : given;
  return Object.freeze(completeOptions(DEFLATE_OPTIONS, changes, 'perMessageDeflate.'));
}
