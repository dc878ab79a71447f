/** The metrics of a server, and where values come from; docs/ has a reference made from it. */
import type { OverloadController } from '../admission/overload-controller.ts';
import { REDUCTIONS, RESOURCES } from '../admission/overload-table.ts';
import { PRESSURE_LEVELS } from '../admission/resource-pressure.ts';
import type { ConnectionRegistry } from '../broadcast/connection-registry.ts';
import type { Heartbeat } from '../liveness/heartbeat.ts';
import type { WebSocketServerOptions } from '../options/server-options.ts';
import type { Histogram } from './histogram.ts';
import { type Instrumentation, MESSAGE_TYPES } from './instrumentation.ts';

export type MetricKind = 'counter' | 'gauge' | 'histogram';

export interface MetricEntry {
  readonly kind: MetricKind;
  /** The values that each label may have. */
  readonly labels: Readonly<Record<string, string>>;
  readonly help: string;
}

export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MetricSources {
  readonly options: Pick<WebSocketServerOptions<never>, 'maxConnections'>;
  readonly instrumentation: Instrumentation;
  readonly registry: Pick<ConnectionRegistry<unknown>, 'totals' | 'connections'>;
  readonly heartbeat: Heartbeat;
  readonly overload: Pick<OverloadController<unknown>, 'shedding' | 'pressure' | 'reduced'>;
}

/** The samples of a counter or gauge, a number if it has no labels; or the histogram. */
type Reader = (sources: MetricSources) => number | readonly MetricSample[] | Histogram;

const RESOURCE_NAMES = Object.keys(RESOURCES).join(', ');

export const METRICS = Object.freeze({
  websocket_connections_total: counter(
    'Connections opened.',
    ({ registry }) => registry.totals.opened,
  ),
  websocket_connections_active: gauge(
    'Connections that are open or closing.',
    ({ registry }) => registry.connections.size,
  ),
  websocket_connections_limit: gauge(
    'Current value of `maxConnections`.',
    ({ options }) => options.maxConnections,
  ),
  websocket_closes_total: counter(
    'Connections ended, by cause and close code: see `connectionClosed`.',
    ({ instrumentation }) =>
      Object.entries(instrumentation.closes.counts).map(([key, value]) => {
        const [cause = '', code = ''] = key.split(' ');
        return { labels: { cause, code }, value };
      }),
    {
      cause: 'the cause',
      code: 'the code; 3xxx and 4xxx for those above 2999 that peers have chosen',
    },
  ),
  websocket_messages_total: counter(
    'Messages and control frames by direction and type. Rejected messages, and frames after the close, are not counted.',
    ({ instrumentation: { received, sent } }) =>
      MESSAGE_TYPES.flatMap((type) => [
        { labels: { direction: 'received', type }, value: received.messages(type) },
        { labels: { direction: 'sent', type }, value: sent.messages(type) },
      ]),
    { direction: 'received, sent', type: MESSAGE_TYPES.join(', ') },
  ),
  websocket_bytes_total: counter(
    'Bytes after the upgrade request, including framing and the 101, excluding TLS and TCP.',
    ({ instrumentation: { received, sent } }) =>
      byLabel('direction', { received: received.bytes, sent: sent.bytes }),
    { direction: 'received, sent' },
  ),
  websocket_message_size_bytes: histogram(
    'Sizes of received text and binary messages after decompression.',
    ({ instrumentation }) => instrumentation.sizes,
  ),
  websocket_message_rate_per_second: gauge(
    'Text and binary messages in the last second, both directions together. For a quick look; derive rates over time from websocket_messages_total.',
    ({ instrumentation }) => instrumentation.messageRate.perSecond,
  ),
  websocket_frame_parsing_duration_ms: histogram(
    'Time to parse the frames of one read, excluding listeners. One read in 64 is timed.',
    ({ instrumentation }) => instrumentation.parseTimer.durations,
  ),
  websocket_handshakes_total: counter(
    'Upgrade requests by result, and input that the own port rejected before it was a request.',
    ({ instrumentation }) => byLabel('result', instrumentation.handshakes.counts),
    {
      result:
        'accepted, gone (the client left meanwhile), or the reason of the rejection; on the own port malformed (400), tooLarge (431, 413), timeout (408), tls (failed TLS handshake), dropped (too many sockets), descriptors (none was left)',
    },
  ),
  websocket_handshake_duration_ms: histogram(
    'Time from an accepted upgrade to its 101, `authorize` included.',
    ({ instrumentation }) => instrumentation.handshakeTimes,
  ),
  websocket_violations_total: counter(
    'Connections ended by a protocol violation of the peer.',
    ({ instrumentation }) => byLabel('code', instrumentation.violations.counts),
    { code: 'the error code' },
  ),
  websocket_errors_total: counter(
    'Errors that the server emitted as `error`, by category.',
    ({ instrumentation }) => byLabel('category', instrumentation.errors.counts),
    { category: 'PROTOCOL_VIOLATION, NETWORK_FAILURE, RESOURCE_CONSTRAINT, UNKNOWN' },
  ),
  websocket_heartbeats_total: counter(
    'Actions of the heartbeat, and their results.',
    ({ heartbeat: { stats } }) => {
      const { pingsSent: ping, pongsReceived: pong, missedPongs: missed, dead } = stats;
      return byLabel('event', { ping, pong, missed, dead });
    },
    { event: 'ping, pong, missed, dead' },
  ),
  websocket_heartbeat_rtt_ms: histogram(
    'Round trips of heartbeat pings.',
    ({ heartbeat }) => heartbeat.roundTrips,
  ),
  websocket_shed_total: counter(
    'Connections closed with 1013 to reduce the load.',
    ({ overload }) => overload.shedding.connectionsShed,
  ),
  websocket_shedding_events_total: counter(
    'Steps of load shedding.',
    ({ overload }) => overload.shedding.sheddingEvents,
  ),
  websocket_pressure_level: gauge(
    'Pressure level: 0 for NORMAL, 1 for ELEVATED, 2 for CRITICAL.',
    ({ overload }) => PRESSURE_LEVELS.indexOf(overload.pressure.level),
  ),
  websocket_resource_usage: gauge(
    'Use of each resource, in the unit of its threshold.',
    ({ overload }) =>
      overload.pressure.resources.map(({ type, current }) => sample('resource', type, current)),
    { resource: RESOURCE_NAMES },
  ),
  websocket_resource_threshold: gauge(
    'Value at which each resource becomes CRITICAL; 0 if it never does.',
    ({ overload }) =>
      overload.pressure.resources.map(({ type, threshold }) => sample('resource', type, threshold)),
    { resource: RESOURCE_NAMES },
  ),
  websocket_quality_reduced: gauge(
    '1 for each active reduction under overload, 0 for the others.',
    ({ overload }) =>
      REDUCTIONS.map((each) => sample('reduction', each, overload.reduced.includes(each) ? 1 : 0)),
    { reduction: REDUCTIONS.join(', ') },
  ),
  websocket_broadcasts_total: counter(
    'Broadcasts, regardless of their recipients.',
    ({ instrumentation }) => instrumentation.broadcasts.count,
  ),
  websocket_broadcast_deliveries_total: counter(
    'Connections that broadcasts addressed, by result.',
    ({ instrumentation: { broadcasts } }) => {
      const { sent, failed, filtered } = broadcasts;
      return byLabel('result', { sent, failed, filtered });
    },
    { result: 'sent, failed, filtered' },
  ),
  websocket_broadcast_duration_ms: histogram(
    'Duration of a broadcast call: selecting, encoding, queueing.',
    ({ instrumentation }) => instrumentation.broadcastTimes,
  ),
  websocket_broadcasts_dropped_total: counter(
    'Low-priority broadcasts dropped because of overload.',
    ({ instrumentation }) => instrumentation.broadcasts.dropped,
  ),
} satisfies Record<string, MetricEntry & { readonly read: Reader }>);

export type MetricName = keyof typeof METRICS;

function counter(help: string, read: Reader, labels: MetricEntry['labels'] = {}) {
  return { kind: 'counter', labels, help, read } as const;
}

function gauge(help: string, read: Reader, labels: MetricEntry['labels'] = {}) {
  return { kind: 'gauge', labels, help, read } as const;
}

function histogram(help: string, read: (sources: MetricSources) => Histogram) {
  return { kind: 'histogram', labels: {}, help, read } as const;
}

function byLabel(label: string, values: Readonly<Record<string, number>>): readonly MetricSample[] {
  return Object.entries(values).map(([key, value]) => sample(label, key, value));
}

function sample(label: string, key: string, value: number): MetricSample {
  return { labels: { [label]: key }, value };
}
