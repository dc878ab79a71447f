/** What an endpoint is given, and whom it tells: types only. */
import type { CloseOutcome } from '../../protocol/close-handshake.ts';
import type { DeflateOptions } from '../../protocol/deflate-parameters.ts';
import type { ReceiverOptions } from '../../protocol/receiver.ts';
import type { Place } from '../admission/admission-control.ts';
import type { SharedRates } from '../admission/rate-limiter.ts';
import type { SharedDeflate } from '../deflate/shared-deflate.ts';
import type { Heartbeat } from '../liveness/heartbeat.ts';
import type { IdleAndAgeLimits } from '../liveness/idle-and-age-limits.ts';
import type { StallDetector } from '../liveness/stall-detector.ts';
import type { Instrumentation } from '../metrics/instrumentation.ts';
import type { DebugRecorder } from '../observability/debug-log.ts';
import type { Tracer } from '../observability/tracer.ts';
import type { WebSocketServerOptions } from '../options/server-options.ts';
import type { FlushQueue } from '../send/flush-queue.ts';
import type { MaskFrame, SenderOptions } from '../send/sender.ts';
import type { Connection } from './connection.ts';

/** Which end we are. */
export type EndpointRole =
  | { readonly name: 'server'; readonly maskFrame?: undefined }
  | { readonly name: 'client'; readonly maskFrame: MaskFrame };

export type EndpointOptions = SenderOptions &
  Pick<
    WebSocketServerOptions<never>,
    'clock' | 'fragmentTimeout' | 'writeTimeout' | 'closeTimeout' | 'discardLimit' | 'readBuffer'
  > & {
    /** Whether pings are answered without the application. Default `true`. */
    readonly answersPings?: boolean;
    /** Whether messages, and faults, are told between our close frame and the peer's. Default `false` (WS-120). */
    readonly listensWhileClosing?: boolean;
    /** Whether the answer to a close frame repeats its reason, not only its code. Default `false`. */
    readonly echoesCloseReason?: boolean;
  };

/** What all connections of a server share; a client has one for each. */
export interface EndpointContext<M> {
  readonly role: EndpointRole;
  readonly options: EndpointOptions;
  readonly rules: ReceiverOptions;
  readonly flushQueue: FlushQueue;
  /** Absent where compression is never agreed on. */
  readonly deflate: SharedDeflate | undefined;
  /** Absent where nobody is pinged. */
  readonly heartbeat: Heartbeat | undefined;
  readonly stallDetector: StallDetector;
  /** Absent where connections may be silent, and as old as they like. */
  readonly idleAndAgeLimits?: IdleAndAgeLimits;
  readonly instrumentation: Instrumentation;
  readonly tracer?: Tracer<M> | undefined;
  readonly debug?: DebugRecorder | undefined;
  readonly observer: EndpointObserver<M>;
  /** How fast peers may send; absent where they may as they like. */
  readonly rates?: SharedRates;
}

/** The state of an endpoint that its observer reads. */
export interface ObservedEndpoint<M> {
  readonly id: string;
  readonly connection: Connection<M>;
  readonly place: Place | undefined;
  readonly wasOpen: boolean;
}

/** Whom an endpoint tells about itself. None of these throws. */
export interface EndpointObserver<M> {
  /** A fault of the peer or the transport, or something that a listener threw. */
  handleError(error: unknown, endpoint: ObservedEndpoint<M>): void;
  /** The socket is gone. Comes once, also where no connection came of it. */
  handleGone(endpoint: ObservedEndpoint<M>): void;
  /** After the connection's own `close`. */
  handleClosed(endpoint: ObservedEndpoint<M>, outcome: CloseOutcome): void;
}

/** What the handshake settled. */
export interface OpenOptions<M> {
  readonly metadata: M;
  readonly protocol: string;
  readonly extensions: readonly string[];
  /** When it is closed for want of a renewal, if ever. */
  readonly expiresInMs?: number | undefined;
  /** How messages are compressed, if that was agreed. */
  readonly deflate?: DeflateOptions | undefined;
  /** A server's 101; goes out ahead of everything, with the first frames in the same write. */
  readonly response?: Uint8Array;
}
