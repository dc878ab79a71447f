/**
 * The metrics of one server, as plain data: a scraper calls `collect`, an application with its own
 * histograms receives each value through `observe`.
 *
 * `Instrumentation` counts the traffic of connections; here it is read. Nothing is sent anywhere.
 */
import type { ErrorCategory, ErrorCode } from '../../protocol/errors.ts';
import type { OverloadController } from '../admission/overload-controller.ts';
import { REDUCTIONS } from '../admission/overload-table.ts';
import type { PressureState, ResourceState } from '../admission/resource-monitor.ts';
import { PRESSURE_LEVELS } from '../admission/resource-pressure.ts';
import type { ConnectionManager } from '../broadcast/connection-manager.ts';
import type { Heartbeat } from '../liveness/heartbeat.ts';
import type { WebSocketServerOptions } from '../options/server-options.ts';
import { Histogram, type HistogramValue, PARSING_BOUNDS, ROUND_TRIP_BOUNDS } from './histogram.ts';
import type { Instrumentation } from './instrumentation.ts';
import { METRICS, type MetricKind, type MetricName } from './metric-table.ts';
import { RateMeter } from './rate-meter.ts';
import { MESSAGE_TYPES } from './traffic-counters.ts';

export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One metric with all its values. Counters start with the server. */
export interface MetricFamily {
  readonly name: MetricName;
  readonly kind: MetricKind;
  readonly help: string;
  /** Values of a counter or gauge; empty for a histogram. */
  readonly samples: readonly MetricSample[];
  readonly histogram?: HistogramValue;
}

/** The parts of a server that count. */
export interface MetricSources {
  readonly options: Pick<WebSocketServerOptions<never>, 'maxConnections'>;
  readonly instrumentation: Instrumentation;
  readonly manager: Pick<ConnectionManager, 'counts' | 'broadcastTotals'>;
  readonly heartbeat: Heartbeat;
  readonly overload: Pick<OverloadController<unknown>, 'shedding' | 'pressure' | 'reduced'>;
  /** An observer threw. */
  readonly handleError: (error: unknown) => void;
}

export type ObservedMetric = {
  [Name in MetricName]: (typeof METRICS)[Name]['kind'] extends 'histogram' ? Name : never;
}[MetricName];

export type MetricObserver = (name: ObservedMetric, value: number) => void;

export class ServerMetrics {
  readonly #sources: MetricSources;
  readonly #rate = new RateMeter();
  readonly #handshakes = new Map<string, number>();
  readonly #handshakeTimes = new Histogram(ROUND_TRIP_BOUNDS);
  readonly #broadcastTimes = new Histogram(PARSING_BOUNDS);
  readonly #violations = new Map<string, number>();
  readonly #errors = new Map<string, number>();

  /** @internal Created by a server. */
  constructor(sources: MetricSources) {
    this.#sources = sources;
  }

  /** All metrics, in the order of the table, each with the values that have occurred. */
  collect(): MetricFamily[] {
    const { options, instrumentation, manager, heartbeat, overload } = this.#sources;
    const { trafficCounters, sizes, parsing } = instrumentation;
    const { counts: connections, broadcastTotals: broadcasts } = manager;
    const { shedding, pressure, reduced } = overload;
    const pings = heartbeat.stats;
    const values: Record<MetricName, readonly MetricSample[] | HistogramValue> = {
      websocket_connections_total: single(connections.opened),
      websocket_connections_active: single(connections.active),
      websocket_connections_limit: single(options.maxConnections),
      websocket_messages_total: MESSAGE_TYPES.flatMap((type) => [
        { labels: { direction: 'received', type }, value: trafficCounters.received(type) },
        { labels: { direction: 'sent', type }, value: trafficCounters.sent(type) },
      ]),
      websocket_bytes_total: [
        { labels: { direction: 'received' }, value: trafficCounters.bytesReceived },
        { labels: { direction: 'sent' }, value: trafficCounters.bytesSent },
      ],
      websocket_message_size_bytes: sizes.read(),
      websocket_message_rate_per_second: single(this.#rate.perSecond),
      websocket_frame_parsing_duration_ms: parsing.read(),
      websocket_handshakes_total: labelled('result', this.#handshakes),
      websocket_handshake_duration_ms: this.#handshakeTimes.read(),
      websocket_violations_total: labelled('code', this.#violations),
      websocket_errors_total: labelled('category', this.#errors),
      websocket_heartbeats_total: byLabel('event', {
        ping: pings.pingsSent,
        pong: pings.pongsReceived,
        missed: pings.missedPongs,
        dead: pings.dead,
      }),
      websocket_heartbeat_rtt_ms: heartbeat.roundTrips.read(),
      websocket_shed_total: single(shedding.connectionsShed),
      websocket_shedding_events_total: single(shedding.sheddingEvents),
      websocket_pressure_level: single(PRESSURE_LEVELS.indexOf(pressure.level)),
      websocket_resource_usage: ofResources(pressure, ({ current }) => current),
      websocket_resource_threshold: ofResources(pressure, ({ threshold }) => threshold),
      websocket_quality_reduced: REDUCTIONS.map((reduction) => ({
        labels: { reduction },
        value: reduced.includes(reduction) ? 1 : 0,
      })),
      websocket_broadcasts_total: single(broadcasts.count),
      websocket_broadcast_deliveries_total: byLabel('result', {
        sent: broadcasts.sent,
        failed: broadcasts.failed,
        filtered: broadcasts.filtered,
      }),
      websocket_broadcast_duration_ms: this.#broadcastTimes.read(),
      websocket_broadcasts_dropped_total: single(broadcasts.dropped),
    };
    // The keys of a record are the names of its type.
    return (Object.keys(METRICS) as MetricName[]).map((name) => toFamily(name, values[name]));
  }

  /**
   * Calls back with each value that a histogram records from now on; there is one observer at a
   * time, `undefined` for none. If it throws, the server emits `error`.
   */
  observe(observer: MetricObserver | undefined): void {
    const { instrumentation, heartbeat, handleError } = this.#sources;
    const hookFor = (name: ObservedMetric) =>
      observer === undefined
        ? undefined
        : (value: number) => {
            try {
              observer(name, value);
            } catch (error) {
              handleError(error);
            }
          };
    instrumentation.sizes.setHook(hookFor('websocket_message_size_bytes'));
    instrumentation.parsing.setHook(hookFor('websocket_frame_parsing_duration_ms'));
    this.#handshakeTimes.setHook(hookFor('websocket_handshake_duration_ms'));
    this.#broadcastTimes.setHook(hookFor('websocket_broadcast_duration_ms'));
    heartbeat.roundTrips.setHook(hookFor('websocket_heartbeat_rtt_ms'));
  }

  /**
   * @internal @param result `accepted`, `gone`, the reason of a rejection, or the reason of one by
   * the port.
   */
  countHandshake(result: string): void {
    increment(this.#handshakes, result);
  }

  /** @internal */
  countViolation(code: ErrorCode): void {
    increment(this.#violations, code);
  }

  /** @internal */
  countError(category: ErrorCategory): void {
    increment(this.#errors, category);
  }

  /** @internal An upgrade was accepted after this time. */
  noteHandshake(tookMs: number): void {
    this.#handshakeTimes.observe(tookMs);
  }

  /** @internal */
  noteBroadcast(tookMs: number): void {
    this.#broadcastTimes.observe(tookMs);
  }

  /** @internal */
  tick(nowMs: number): void {
    this.#rate.sample(this.#sources.instrumentation.trafficCounters.dataMessages, nowMs);
  }

  /** @internal There are no ticks without connections. */
  stopTicking(): void {
    this.#rate.stop();
  }
}

function toFamily(name: MetricName, value: readonly MetricSample[] | HistogramValue): MetricFamily {
  const { kind, help } = METRICS[name];
  return 'buckets' in value
    ? { name, kind, help, samples: [], histogram: value }
    : { name, kind, help, samples: value };
}

function single(value: number): readonly MetricSample[] {
  return [{ labels: {}, value }];
}

function ofResources(
  { resources }: PressureState,
  read: (resource: ResourceState) => number,
): readonly MetricSample[] {
  return resources.map((each) => ({ labels: { resource: each.type }, value: read(each) }));
}

function byLabel(label: string, values: Readonly<Record<string, number>>): readonly MetricSample[] {
  return labelled(label, new Map(Object.entries(values)));
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function labelled(label: string, counts: ReadonlyMap<string, number>): readonly MetricSample[] {
  return [...counts].map(([key, value]) => ({ labels: { [label]: key }, value }));
}
