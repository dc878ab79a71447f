export type { ForwardedHeader } from './node/admission/client-address.ts';
export type {
  PressureChange,
  PressureState,
  ResourceState,
  ResourceWarning,
  SheddingTotals,
  ShedReport,
} from './node/admission/overload-controller.ts';
export type { QualityChange, Reduction, ResourceType } from './node/admission/overload-table.ts';
export type { ConnectionPriority } from './node/admission/priority.ts';
export type { PressureLevel } from './node/admission/resource-pressure.ts';
export type { ShedPriority } from './node/admission/shedding-policy.ts';
export type {
  BroadcastCompletion,
  BroadcastOptions,
  BroadcastPriority,
  BroadcastResult,
  BroadcastType,
  Delivery,
} from './node/broadcast/broadcast.ts';
export type { ConnectionGroups } from './node/broadcast/connection-groups.ts';
export type { ConnectionManager, ManagerStats } from './node/broadcast/connection-manager.ts';
export { connect } from './node/client/client.ts';
export type { ClientOptions } from './node/client/client-options.ts';
export type { Clock, Timer } from './node/clock.ts';
export {
  Connection,
  type ConnectionCounters,
  type ConnectionEvents,
} from './node/connection/connection.ts';
export type { ReceivedMessage } from './node/connection/message-iterator.ts';
export type { DeflateStats } from './node/deflate/compression-service.ts';
export type { ZlibJobs } from './node/deflate/zlib-queue.ts';
export { handleConnect, isWebSocketConnect } from './node/handshake/http2-connect.ts';
export type * from './node/handshake/upgrade-hooks.ts';
export type {
  AcceptedUpgrade,
  AdoptionAnswers,
  HeaderValues,
  RejectionResponse,
} from './node/handshake/upgrade-response.ts';
export type { HeartbeatStats } from './node/liveness/heartbeat.ts';
export type { IdleAndAgeStats } from './node/liveness/idle-and-age-limits.ts';
export type { HistogramValue } from './node/metrics/histogram.ts';
export type { BroadcastTotals } from './node/metrics/instrumentation.ts';
export type {
  MetricEntry,
  MetricKind,
  MetricName,
  MetricSample,
} from './node/metrics/metric-table.ts';
export { formatPrometheus } from './node/metrics/prometheus-format.ts';
export type {
  MetricFamily,
  MetricObserver,
  ObservedMetric,
  ServerMetrics,
} from './node/metrics/server-metrics.ts';
export type { NodeInternals } from './node/node-internals-switch.ts';
export type { TracedMessage, TraceEnd, TraceHooks } from './node/observability/trace-hooks.ts';
export type { ServerUpdate, UpdatableOption } from './node/options/check-server-options.ts';
export type { PerMessageDeflateOptions } from './node/options/deflate-settings.ts';
export type { TlsSettings } from './node/options/listen-options.ts';
export type { ReductionMark } from './node/options/pressure-limits.ts';
export type { RateLimitPolicy, RateLimits } from './node/options/rate-limits.ts';
export {
  OPTION_DEFAULTS,
  UNTRUSTED_PEERS,
  type WebSocketServerOptions,
} from './node/options/server-options.ts';
export type { SlowConsumerPolicy } from './node/options/size-limits.ts';
export type { RateCounters } from './node/receive/receive-rate-limiter.ts';
export type { ReadBufferUse } from './node/receive/shared-read-buffer.ts';
export {
  type FrameContent,
  type PreparedFrame,
  prepareFrame,
} from './node/send/message-encoder.ts';
export type { SendCallback } from './node/send/send-queue.ts';
export type { FragmentOptions, SendOptions } from './node/send/sender.ts';
export type { DrainOptions } from './node/server/drain.ts';
export type { HttpListener } from './node/server/http-listener.ts';
export { type AdoptOptions, WebSocketServer } from './node/server/server.ts';
export type { ServerEvents, ServerFailure, ServerStats } from './node/server/server-events.ts';
export type { CertificateFacts } from './node/tls/certificate.ts';
export { CLOSE_CAUSES, type CloseCause, type CloseInitiator } from './protocol/close-causes.ts';
export { CLOSE_CODES, type CloseCodeEntry, type CloseCodes } from './protocol/close-codes.ts';
export type { CloseOutcome, ConnectionEnd, ConnectionState } from './protocol/close-sequence.ts';
export {
  ConnectionError,
  classifyError,
  ERROR_CODES,
  type ErrorCategory,
  type ErrorCode,
  type ErrorEntry,
  FrameError,
  HandshakeError,
  WebSocketError,
} from './protocol/errors.ts';
