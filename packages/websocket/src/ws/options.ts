/**
 * The options of the `ws` package, with their defaults, and the endpoint settings that they map to.
 * Sizes in bytes, times in milliseconds.
 */
import { constants, type ZlibOptions } from 'node:zlib';
import { CLIENT_SHARED } from '../node/client/shared-client-context.ts';
import { systemClock } from '../node/clock.ts';
import type { EndpointContext, EndpointObserver } from '../node/connection/endpoint-types.ts';
import { createCompressionService } from '../node/deflate/compression-service.ts';
import { StallWatchlist } from '../node/liveness/stall-watchlist.ts';
import { Instrumentation } from '../node/metrics/instrumentation.ts';
import { type CompressionSettings, DEFLATE_OPTIONS } from '../node/options/deflate-settings.ts';
import { OPTION_DEFAULTS } from '../node/options/server-options.ts';
import { type EndpointRules, receiverOptions } from '../node/receive/receiver-options.ts';
import { UnfinishedBudget } from '../node/receive/unfinished-budget.ts';
import { FlushQueue } from '../node/send/flush-queue.ts';
import type { CloseContent } from '../protocol/close-sequence.ts';
import type { Role } from '../protocol/role.ts';

/** As in `ws`; of the zlib options only level and memory for compression apply. */
export interface PerMessageDeflateOptions {
  /** Whether each message of the server is compressed independently. Default `false`. */
  readonly serverNoContextTakeover?: boolean | undefined;
  /** Whether each message of the client is compressed independently. Default `false`. */
  readonly clientNoContextTakeover?: boolean | undefined;
  /** The server's window is at most 2^n bytes. Range 9 to 15. Default 15. */
  readonly serverMaxWindowBits?: number | undefined;
  /**
   * The client's window is at most 2^n bytes. Range 9 to 15, or `true`, which allows the server to
   * request a smaller window; it always may here. Default 15.
   */
  readonly clientMaxWindowBits?: number | boolean | undefined;
  /** Messages below this many bytes are sent uncompressed. Default 1,024. */
  readonly threshold?: number | undefined;
  /** Large messages that are compressed or inflated at the same time; 0: 1,024. Default 3. */
  readonly concurrencyLimit?: number | undefined;
  /** `level` and `memLevel` apply, all others are ignored. Default 6 and 8. */
  readonly zlibDeflateOptions?: ZlibOptions | undefined;
  /** Ignored. */
  readonly zlibInflateOptions?: ZlibOptions | undefined;
}

export interface SocketOptions {
  /** The largest message accepted; above it 1009; 0: no limit. Default 100 MiB. */
  readonly maxPayload: number;
  /** Frames per message; above it 1008; 0: no limit. Default 16,384. */
  readonly maxFragments: number;
  /** Time from our close frame to the end of TCP. Default 30,000. */
  readonly closeTimeout: number;
  /** Whether pings are answered automatically. Default `true`. */
  readonly autoPong: boolean;
  /** Ignored: text is checked as it arrives. */
  readonly skipUTF8Validation?: boolean | undefined;
  /** Ignored: the messages of one read are delivered in one turn, up to 256 of them. */
  readonly allowSynchronousEvents?: boolean | undefined;
  /**
   * Maximum bytes of the incomplete messages of all connections of a server together; above it, the
   * largest ones close with 1013. Not an option of `ws`. Default: no limit.
   */
  readonly maxUnfinishedBytes?: number | undefined;
  /** Ignored: `maxPayload` and `maxFragments` bound the memory of an incomplete message. */
  readonly maxBufferedChunks?: number | undefined;
  /** Ignored: for a peer that does not read, only the pong for its latest ping waits. */
  readonly maxPendingAutoPongs?: number | undefined;
}

/** Some of these options; `undefined` means the default. */
export type Given<Options> = { [Name in keyof Options]?: Options[Name] | undefined };

export const SOCKET_DEFAULTS: SocketOptions = Object.freeze({
  maxPayload: 100 * 1_048_576,
  maxFragments: 16_384,
  closeTimeout: 30_000,
  autoPong: true,
});

/** `ws` limits neither times nor the send buffer; this decides when pings share a pong. */
const { writeBufferLimit, writeBufferBurst, discardLimit } = OPTION_DEFAULTS;

/** The level that zlib's `Z_DEFAULT_COMPRESSION` stands for. */
const ZLIB_DEFAULT_LEVEL = 6;

function toDeflateSettings(
  given: boolean | PerMessageDeflateOptions | null | undefined,
): CompressionSettings['perMessageDeflate'] {
  if (!given) return false;
  const { zlibDeflateOptions, zlibInflateOptions: _, ...options } = given === true ? {} : given;
  const { clientMaxWindowBits: bits, threshold, concurrencyLimit } = options;
  const { level = ZLIB_DEFAULT_LEVEL, memLevel } = zlibDeflateOptions ?? {};
  // Both mean no limit in `ws`.
  const isUnlimited = concurrencyLimit === 0 || concurrencyLimit === Number.POSITIVE_INFINITY;
  // Undefined values keep their defaults.
  return {
    ...options,
    clientMaxWindowBits: typeof bits === 'boolean' ? undefined : bits,
    threshold:
      threshold === Number.POSITIVE_INFINITY ? DEFLATE_OPTIONS.threshold.range[1] : threshold,
    concurrencyLimit: isUnlimited ? DEFLATE_OPTIONS.concurrencyLimit.range[1] : concurrencyLimit,
    level: level === constants.Z_DEFAULT_COMPRESSION ? ZLIB_DEFAULT_LEVEL : level,
    memLevel,
  } as CompressionSettings['perMessageDeflate'];
}

/** Counters that `ws` has no names for; one object for the thread. */
const instrumentation = new Instrumentation(systemClock);

/** The context that the endpoints of one server share, or that of one client. */
export function createContext<M>(
  role: Role,
  socketOptions: Given<SocketOptions>,
  deflate: boolean | PerMessageDeflateOptions | null | undefined,
  handleGone: EndpointObserver<M>['handleGone'] = () => {},
): EndpointContext<M> {
  const {
    maxPayload = SOCKET_DEFAULTS.maxPayload,
    maxFragments = SOCKET_DEFAULTS.maxFragments,
    closeTimeout = SOCKET_DEFAULTS.closeTimeout,
    autoPong = SOCKET_DEFAULTS.autoPong,
    maxUnfinishedBytes,
  } = socketOptions;
  const isServer = role === 'server';
  const rules = messageRules(isServer ? 'client' : 'server', { maxPayload, maxFragments });
  return {
    role: isServer ? { name: 'server' } : CLIENT_SHARED.role,
    options: {
      clock: systemClock,
      fragmentTimeout: Number.POSITIVE_INFINITY,
      writeTimeout: Number.POSITIVE_INFINITY,
      closeTimeout,
      writeBufferLimit,
      writeBufferBurst,
      slowConsumerPolicy: 'report',
      discardLimit,
      // `false` and other values that count as false, as in `ws`, answer no ping.
      answerPing: ({ metadata }, payload) => !autoPong || toOwner(metadata)._answerPing(payload),
      answerClose: ({ metadata }, close) => toOwner(metadata)._answerClose(close),
      listensWhileClosing: true,
      echoesCloseReason: true,
      endsFirst: true,
      readBuffer: 'shared',
    },
    rules,
    deflate: createCompressionService({
      perMessageDeflate: toDeflateSettings(deflate),
      maxMessageSize: rules.messageBytesMax,
    }),
    flushQueue: isServer ? new FlushQueue() : CLIENT_SHARED.flushQueue,
    heartbeat: undefined,
    stallWatchlist: new StallWatchlist(),
    reportedErrors: new WeakSet(),
    unfinishedBudget:
      maxUnfinishedBytes === undefined ? undefined : new UnfinishedBudget({ maxUnfinishedBytes }),
    instrumentation,
    observer: { handleThrown: throwOutside, handleGone },
  };
}

/** The socket of an endpoint is its metadata. Its methods may have been replaced. */
interface Owner {
  _answerPing(payload: Buffer): boolean;
  _answerClose(close: CloseContent): boolean;
}

function toOwner(metadata: unknown): Owner {
  return metadata as Owner;
}

const RULES = new Map<string, EndpointRules>();

/** The limits on a peer's messages; one object for all sockets with the same limits. */
export function messageRules(
  sender: Role,
  { maxPayload, maxFragments }: Pick<SocketOptions, 'maxPayload' | 'maxFragments'>,
): EndpointRules {
  const key = `${sender} ${maxPayload} ${maxFragments}`;
  const maxMessageSize = maxPayload > 0 ? maxPayload : Number.MAX_SAFE_INTEGER;
  const rules =
    RULES.get(key) ??
    receiverOptions(sender, {
      maxFrameSize: maxMessageSize,
      maxMessageSize,
      maxFragments: maxFragments || Number.MAX_SAFE_INTEGER,
      readBuffer: 'shared',
    });
  RULES.set(key, rules);
  return rules;
}

/** Rethrows errors of listeners, as `ws` does. */
export function throwOutside(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}
