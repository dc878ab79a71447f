/**
 * The metrics of a server: each with its kind, labels and meaning.
 *
 * The names are fixed, and every label has few values, all known in advance. The reference in docs/
 * is generated from this table.
 */
import { REDUCTIONS, RESOURCES } from '../admission/overload-table.ts';

export type MetricKind = 'counter' | 'gauge' | 'histogram';

export interface MetricEntry {
  readonly kind: MetricKind;
  /** The values that each label may have. */
  readonly labels: Readonly<Record<string, string>>;
  readonly help: string;
}

const RESOURCE_NAMES = Object.keys(RESOURCES).join(', ');

export const METRICS = Object.freeze({
  websocket_connections_total: counter('Connections opened.'),
  websocket_connections_active: gauge('Connections that are open or closing.'),
  websocket_connections_limit: gauge('Current value of `maxConnections`.'),
  websocket_messages_total: counter(
    'Messages and control frames by direction and type. Rejected messages, and frames after the close, are not counted.',
    { direction: 'received, sent', type: 'text, binary, ping, pong, close' },
  ),
  websocket_bytes_total: counter(
    'Bytes after the upgrade request, including framing and the 101, excluding TLS and TCP.',
    { direction: 'received, sent' },
  ),
  websocket_message_size_bytes: histogram(
    'Sizes of received text and binary messages after decompression.',
  ),
  websocket_message_rate_per_second: gauge(
    'Text and binary messages in the last second, both directions together. For a quick look; derive rates over time from websocket_messages_total.',
  ),
  websocket_frame_parsing_duration_ms: histogram(
    'Time to parse the frames of one read, excluding listeners. One read in 64 is timed.',
  ),
  websocket_handshakes_total: counter(
    'Upgrade requests by result, and input that the own port rejected before it was a request.',
    {
      result:
        'accepted, gone (the client left meanwhile), or the reason of the rejection; on the own port malformed (400), tooLarge (431, 413), timeout (408), tls (failed TLS handshake), dropped (too many sockets)',
    },
  ),
  websocket_handshake_duration_ms: histogram(
    'Time from an accepted upgrade to its 101, `authorize` included.',
  ),
  websocket_violations_total: counter('Connections ended by a protocol violation of the peer.', {
    code: 'the error code',
  }),
  websocket_errors_total: counter('Errors that the server emitted as `error`, by category.', {
    category: 'PROTOCOL_VIOLATION, NETWORK_FAILURE, RESOURCE_CONSTRAINT, UNKNOWN',
  }),
  websocket_heartbeats_total: counter('Actions of the heartbeat, and their results.', {
    event: 'ping, pong, missed, dead',
  }),
  websocket_heartbeat_rtt_ms: histogram('Round trips of heartbeat pings.'),
  websocket_shed_total: counter('Connections closed with 1013 to reduce the load.'),
  websocket_shedding_events_total: counter('Steps of load shedding.'),
  websocket_pressure_level: gauge('Pressure level: 0 for NORMAL, 1 for ELEVATED, 2 for CRITICAL.'),
  websocket_resource_usage: gauge('Use of each monitored resource, in the unit of its threshold.', {
    resource: RESOURCE_NAMES,
  }),
  websocket_resource_threshold: gauge(
    'Value at which each resource becomes CRITICAL; 0 if it is not monitored.',
    {
      resource: RESOURCE_NAMES,
    },
  ),
  websocket_quality_reduced: gauge(
    '1 for each active reduction under overload, 0 for the others.',
    {
      reduction: REDUCTIONS.join(', '),
    },
  ),
  websocket_broadcasts_total: counter('Broadcasts, regardless of their recipients.'),
  websocket_broadcast_deliveries_total: counter(
    'Connections that broadcasts addressed, by result.',
    {
      result: 'sent, failed, filtered',
    },
  ),
  websocket_broadcast_duration_ms: histogram(
    'Duration of a broadcast call: selecting, encoding, queueing.',
  ),
  websocket_broadcasts_dropped_total: counter(
    'Low-priority broadcasts dropped because of overload.',
  ),
} satisfies Record<string, MetricEntry>);

export type MetricName = keyof typeof METRICS;

type Labels = Readonly<Record<string, string>>;

function counter(help: string, labels: Labels = {}) {
  return { kind: 'counter', labels, help } as const;
}

function gauge(help: string, labels: Labels = {}) {
  return { kind: 'gauge', labels, help } as const;
}

function histogram(help: string) {
  return { kind: 'histogram', labels: {}, help } as const;
}
