/** What a server tells, by its events and when it is asked. */
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CloseOutcome } from '../../protocol/close-handshake.ts';
import type { ErrorEntry, HandshakeError } from '../../protocol/errors.ts';
import type { QualityChange, Reduction } from '../admission/degradation.ts';
import type { SheddingTotals, ShedReport } from '../admission/overload-controller.ts';
import type { RateCounters } from '../admission/rate-limiter.ts';
import type {
  PressureChange,
  PressureState,
  ResourceWarning,
} from '../admission/resource-monitor.ts';
import type { BroadcastResult } from '../broadcast/broadcast.ts';
import type { ManagerStats } from '../broadcast/connection-manager.ts';
import type { Connection } from '../connection/connection.ts';
import type { DeflateStats } from '../deflate/shared-deflate.ts';
import type { HeartbeatStats } from '../liveness/heartbeat.ts';
import type { IdleAndAgeStats } from '../liveness/idle-and-age-limits.ts';
import type { CertificateFacts } from '../tls/certificate.ts';

export interface ServerEvents<M> {
  /** `listen` has bound its port. */
  listening: [address: AddressInfo];
  /** Open and under watch; nothing of it was delivered yet. */
  connection: [connection: Connection<M>, request: IncomingMessage];
  /** As on the connection itself, bytes that are only lent included, for a listener that was added before the connection came. */
  message: [connection: Connection<M>, data: Buffer, isBinary: boolean];
  /** After the connection's own `close`, with the same outcome; a reason is the peer's text, to be escaped in logs. */
  connectionClosed: [end: { readonly id: string } & CloseOutcome];
  /** For logs and metrics; the client has its answer. */
  upgradeRefused: [error: HandshakeError, request: IncomingMessage];
  /** A fault of a peer or its transport, or something that the application threw: `error`, its `severity`, and the `connectionId` if it was one connection's. */
  error: [failure: ServerFailure];
  /** A broadcast was handed over to all that were to get it. */
  broadcastComplete: [result: BroadcastResult];
  /** The server has become more, or less, pressed: see the options of pressure. */
  pressure: [change: PressureChange];
  /** One resource has passed a mark on its way up. */
  resourceWarning: [warning: ResourceWarning];
  /** Connections were closed with 1013 so that others can go on. */
  shed: [report: ShedReport];
  /** What a server in need does less of has changed: see `stopCompressionAt`, `dropLowPriorityAt`. */
  quality: [change: QualityChange];
  /** The certificate files were renewed, and new connections get what they hold. */
  certificateChanged: [facts: CertificateFacts];
  /** The end of `shutdown`: no connection is left, and the port is free. */
  closed: [];
}

export interface ServerFailure {
  /** What was thrown, or a `WebSocketError`. */
  readonly error: unknown;
  /** Who should look, as `classifyError` has it. */
  readonly severity: ErrorEntry['severity'];
  /** Absent where it is of no connection. */
  readonly connectionId?: string;
}

export interface ServerStats extends ManagerStats {
  readonly heartbeat: HeartbeatStats;
  /** Connections let go for `idleTimeout` and `maxLifetime`. */
  readonly idleAndAgeLimits: IdleAndAgeStats;
  /** Absent without `perMessageDeflate`. */
  readonly deflate: DeflateStats | undefined;
  readonly pressure: PressureState;
  readonly shedding: SheddingTotals;
  /** What there is less of at the moment. */
  readonly reduced: readonly Reduction[];
  /** What became of peers that were faster than they may. */
  readonly rates: Readonly<RateCounters>;
}
