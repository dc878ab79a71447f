/** Events and states that a server reports. */

import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ConnectionEnd } from '../../protocol/close-sequence.ts';
import type { ErrorEntry, HandshakeError } from '../../protocol/errors.ts';
import type {
  PressureChange,
  PressureState,
  ResourceWarning,
  SheddingTotals,
  ShedReport,
} from '../admission/overload-controller.ts';
import type { QualityChange, Reduction } from '../admission/overload-table.ts';
import type { BroadcastResult } from '../broadcast/broadcast.ts';
import type { ManagerStats } from '../broadcast/connection-manager.ts';
import type { Connection } from '../connection/connection.ts';
import type { DeflateStats } from '../deflate/compression-service.ts';
import type { HeartbeatStats } from '../liveness/heartbeat.ts';
import type { IdleAndAgeStats } from '../liveness/idle-and-age-limits.ts';
import type { NodeInternals } from '../node-internals-switch.ts';
import type { RateCounters } from '../receive/receive-rate-limiter.ts';
import type { CertificateFacts } from '../tls/certificate.ts';

export interface ServerEvents<M> {
  /** `listen` has bound its port. */
  listening: [address: AddressInfo];
  /** The connection is open and monitored; none of its events was delivered yet. */
  connection: [connection: Connection<M>, request: IncomingMessage];
  /** As on the connection itself, if the listener was added before the connection opened. */
  message: [connection: Connection<M>, data: Buffer, isBinary: boolean];
  /** After the connection's own `close`; the reason may be the peer's text: escape it in logs. */
  connectionClosed: [end: { readonly id: string } & ConnectionEnd<M>];
  /** For logs and metrics; the client already has its response. */
  upgradeRefused: [error: HandshakeError, request: IncomingMessage];
  /**
   * The own port could not accept a socket: `dropped` if it has as many as it may have,
   * `descriptors` if the system had no file descriptor for it. Also counted as handshakes.
   */
  acceptFailed: [failure: { readonly reason: 'dropped' | 'descriptors' }];
  /**
   * A protocol or transport error, or an error thrown by the application: `error`, its `severity`,
   * and the `connectionId` if it concerns one connection.
   */
  error: [failure: ServerFailure];
  /** A broadcast was passed to all of its recipients. */
  broadcastComplete: [result: BroadcastResult];
  /** The pressure level has changed: see the overload options. */
  pressure: [change: PressureChange];
  /** A resource has risen above a mark. */
  resourceWarning: [warning: ResourceWarning];
  /** Connections were closed with 1013 to reduce the load. */
  shed: [report: ShedReport];
  /** The reductions under overload have changed: see `stopCompressionAt`, `dropLowPriorityAt`. */
  quality: [change: QualityChange];
  /** The certificate files were renewed, and new connections get the new certificate. */
  certificateChanged: [facts: CertificateFacts];
  /** The end of `shutdown`: no connection is left, and the port is free. */
  closed: [];
}

export interface ServerFailure {
  /** The thrown value, or a `WebSocketError`. */
  readonly error: unknown;
  /** How severe it is, according to `classifyError`. */
  readonly severity: ErrorEntry['severity'];
  /** Absent if it concerns no connection. */
  readonly connectionId?: string;
}

export interface ServerStats extends ManagerStats {
  /** Monitored connections, pings, pongs, dead peers, and the mean round trip. */
  readonly heartbeat: HeartbeatStats;
  /** Connections closed because of `idleTimeout` and `maxLifetime`. */
  readonly idleAndAgeLimits: IdleAndAgeStats;
  /** Compressed and inflated messages, and waiting ones; `undefined` without `perMessageDeflate`. */
  readonly deflate: DeflateStats | undefined;
  /** The pressure level, and the use and threshold of each resource. */
  readonly pressure: PressureState;
  /** Steps of load shedding, and connections closed by them. */
  readonly shedding: SheddingTotals;
  /** The current reductions. */
  readonly reduced: readonly Reduction[];
  /** Actions taken on peers that exceeded their rates. */
  readonly rates: Readonly<RateCounters>;
  /** The undocumented parts of Node in use; `PARLEY_NODE_INTERNALS=off` turns all of them off. */
  readonly nodeInternals: NodeInternals;
}
