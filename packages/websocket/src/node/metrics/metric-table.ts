/**
 * The metrics of a server: each with its kind, labels and meaning.
 *
 * The names are fixed, and every label has few values, all known in advance. The reference in docs/
 * is generated from this table.
 */
import { REDUCTIONS } from '../admission/degradation.ts';

export type MetricKind = 'counter' | 'gauge' | 'histogram';

export interface MetricEntry {
  readonly kind: MetricKind;
  /** The values that each label may have. */
  readonly labels: Readonly<Record<string, string>>;
  readonly help: string;
}

const RESOURCES =
  'memory, cpu, loopDelay, responseTime, connections, bufferedBytes, blockedConnections';

export const METRICS = Object.freeze({
  websocket_connections_total: counter('Connections opened.'),
  websocket_connections_active: gauge('Connections that are open or closing.'),
  websocket_connections_limit: gauge('`maxConnections`, as it holds now.'),
  websocket_messages_total: counter(
    'Messages, and control frames, by direction and type. What is refused or comes after the close is not counted.',
    { direction: 'received, sent', type: 'text, binary, ping, pong, close' },
  ),
  websocket_bytes_total: counter(
    'Bytes after the upgrade request, framing and 101 included, TLS and TCP not.',
    { direction: 'received, sent' },
  ),
  websocket_message_size_bytes: histogram(
    'Sizes of text and binary messages that were received, inflated.',
  ),
  websocket_message_rate_per_second: gauge(
    'Text and binary messages of the last second, both directions together. For a look; rates over time come from websocket_messages_total.',
  ),
  websocket_frame_parsing_duration_ms: histogram(
    'Time that parsing the frames of one read took, listeners left out. One read in 64 is timed.',
  ),
  websocket_handshakes_total: counter(
    'Upgrade requests, by what became of them; and what the own port refused before it was a request.',
    {
      result:
        'accepted, gone (the client left meanwhile), or the reason of the refusal; on the own port malformed (400), tooLarge (431, 413), timeout (408), tls (no handshake of TLS), dropped (a socket too many)',
    },
  ),
  websocket_handshake_duration_ms: histogram(
    'From an upgrade that is accepted to its 101, `authorize` included.',
  ),
  websocket_violations_total: counter('Connections ended because the peer broke a rule.', {
    code: 'the error code',
  }),
  websocket_errors_total: counter('What was told as `error` of the server, by kind.', {
    category: 'PROTOCOL_VIOLATION, NETWORK_FAILURE, RESOURCE_CONSTRAINT, UNKNOWN',
  }),
  websocket_heartbeats_total: counter('What the heartbeat did, and what came of it.', {
    event: 'ping, pong, missed, dead',
  }),
  websocket_heartbeat_rtt_ms: histogram('Round trips of heartbeat pings.'),
  websocket_shed_total: counter('Connections closed with 1013 to relieve the server.'),
  websocket_shedding_events_total: counter('Steps in which that was done.'),
  websocket_pressure_level: gauge('0 for NORMAL, 1 for ELEVATED, 2 for CRITICAL.'),
  websocket_resource_usage: gauge('Each resource that is watched, in the unit of its threshold.', {
    resource: RESOURCES,
  }),
  websocket_resource_threshold: gauge('Where each becomes CRITICAL; 0 is not watched.', {
    resource: RESOURCES,
  }),
  websocket_quality_reduced: gauge('1 for what a server in need does less of, 0 for the rest.', {
    reduction: REDUCTIONS.join(', '),
  }),
  websocket_broadcasts_total: counter('Broadcasts, whoever got them.'),
  websocket_broadcast_deliveries_total: counter('Connections that broadcasts were for.', {
    result: 'sent, failed, filtered',
  }),
  websocket_broadcast_duration_ms: histogram(
    'Time that the call of a broadcast took: choosing, encoding, queueing.',
  ),
  websocket_broadcasts_dropped_total: counter(
    'Broadcasts of low priority that went nowhere because the server was pressed.',
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
