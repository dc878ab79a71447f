/** The context and the observer of an endpoint: types only. */
import type { CloseContent, ConnectionEnd } from '../../protocol/close-sequence.ts';
import type { DeflateOptions } from '../../protocol/deflate-parameters.ts';
import type { WebSocketError } from '../../protocol/errors.ts';
import type { ConnectionSlot } from '../admission/admission-control.ts';
import type { CompressionService } from '../deflate/compression-service.ts';
import type { Heartbeat } from '../liveness/heartbeat.ts';
import type { IdleAndAgeLimits } from '../liveness/idle-and-age-limits.ts';
import type { StallWatchlist } from '../liveness/stall-watchlist.ts';
import type { Instrumentation } from '../metrics/instrumentation.ts';
import type { DebugRecorder } from '../observability/debug-recorder.ts';
import type { Tracer } from '../observability/tracer.ts';
import type { WebSocketServerOptions } from '../options/server-options.ts';
import type { SharedRates } from '../receive/receive-rate-limiter.ts';
import type { EndpointRules } from '../receive/receiver-options.ts';
import type { UnfinishedBudget } from '../receive/unfinished-budget.ts';
import type { FlushQueue } from '../send/flush-queue.ts';
import type { MaskFrame, SenderOptions } from '../send/sender.ts';
import type { WaitingBudget } from '../send/waiting-budget.ts';
import type { Connection } from './connection.ts';

type EndpointRole =
  | { readonly name: 'server'; readonly maskFrame?: undefined }
  | { readonly name: 'client'; readonly maskFrame: MaskFrame };

interface WithMetadata {
  readonly metadata: unknown;
}

type EndpointOptions = SenderOptions &
  Pick<
    WebSocketServerOptions<never>,
    'clock' | 'fragmentTimeout' | 'writeTimeout' | 'closeTimeout' | 'discardLimit' | 'readBuffer'
  > & {
    /** Answers a ping in place of the engine, or does not; returns whether it took over. */
    readonly answerPing?: (connection: WithMetadata, payload: Buffer) => boolean;
    /** Closes in place of the engine, after a close frame or a violation, or does not; the same. */
    readonly answerClose?: (connection: WithMetadata, close: CloseContent) => boolean;
    /** Whether messages and errors are reported after our close frame. Default `false`. */
    readonly listensWhileClosing?: boolean;
    /** Whether the answer to a close frame repeats its reason, too. Default `false`. */
    readonly echoesCloseReason?: boolean;
    /** Whether a client ends TCP as soon as both close frames were sent. Default `false`. */
    readonly endsFirst?: boolean;
  };

/** State that all connections of a server share; a client has one for each connection. */
export interface EndpointContext<M> {
  readonly role: EndpointRole;
  readonly options: EndpointOptions;
  readonly rules: EndpointRules;
  readonly flushQueue: FlushQueue;
  readonly deflate: CompressionService | undefined;
  readonly heartbeat: Heartbeat | undefined;
  readonly stallWatchlist: StallWatchlist;
  /** Those that listeners and loops of the application may throw again. */
  readonly reportedErrors: WeakSet<object>;
  /** Absent if unfinished messages are limited for each connection only. */
  readonly unfinishedBudget?: UnfinishedBudget | undefined;
  /** Absent if the waiting output is limited for each connection only. */
  readonly waitingBudget?: WaitingBudget;
  readonly idleAndAgeLimits?: IdleAndAgeLimits;
  readonly instrumentation: Instrumentation;
  readonly tracer?: Tracer<M> | undefined;
  readonly debug?: DebugRecorder | undefined;
  readonly observer: EndpointObserver<M>;
  readonly rates?: SharedRates;
}

export interface ObservedEndpoint<M> {
  readonly id: string;
  readonly connection: Connection<M>;
  readonly slot: ConnectionSlot | undefined;
  readonly wasOpen: boolean;
}

/** Receives the events of endpoints. None of these functions throws. */
export interface EndpointObserver<M> {
  /** A protocol or transport error, which the connection's own `error` has reported. */
  handleError?(error: WebSocketError, endpoint: ObservedEndpoint<M>): void;
  /** Thrown by a listener, or the reason with which its promise rejects. */
  handleThrown(thrown: unknown, endpoint: ObservedEndpoint<M>): void;
  /** The socket is gone. Called once, also if the handshake did not complete. */
  handleGone(endpoint: ObservedEndpoint<M>): void;
  /** Called after the connection's own `close`. */
  handleClosed?(endpoint: ObservedEndpoint<M>, end: ConnectionEnd<M>): void;
}

export interface OpenOptions<M> {
  readonly metadata: M;
  readonly protocol: string;
  /** Time until the connection is closed if its credentials are not renewed, if limited. */
  readonly expiresInMs?: number | undefined;
  /** If compression was agreed on, the only extension. */
  readonly deflate?: DeflateOptions | undefined;
  /** A server's 101; sent before everything else, with the first frames in the same write. */
  readonly response?: Uint8Array | undefined;
}
