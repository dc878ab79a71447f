/** Formats the engine's tables and doc comments as Markdown for its reference. */
import {
  CLOSE_CAUSES,
  CLOSE_CODES,
  type CloseCause,
  type CloseCodeEntry,
  ERROR_CODES,
  type ErrorCode,
} from '../../packages/websocket/src/index.ts';
import { METRICS } from '../../packages/websocket/src/node/metrics/metric-table.ts';
import { REJECTIONS } from '../../packages/websocket/src/protocol/handshake-rejection.ts';
import { RESPONSE_ERRORS } from '../../packages/websocket/src/protocol/handshake-response.ts';
import { CLOSE_GUIDE, ERROR_GUIDE } from './engine-guide.ts';
import { readClassMembers, readMembers } from './interface-docs.ts';
import { table } from './table.ts';

const NODE = 'packages/websocket/src/node';
const WS = 'packages/websocket/src/ws';

/** Groups by subject, as in `options/`. */
const OPTION_GROUPS: readonly (readonly [title: string, file: string, name: string])[] = [
  ['Listening', 'options/listen-options.ts', 'LISTEN_OPTIONS'],
  ['Upgrade requests', 'options/upgrade-options.ts', 'UPGRADE_OPTIONS'],
  ['Admission', 'options/admission-limits.ts', 'ADMISSION_OPTIONS'],
  ['Hooks', 'handshake/upgrade-hooks.ts', 'UpgradeHooks'],
  ['Times', 'options/time-limits.ts', 'TIME_OPTIONS'],
  ['Sizes', 'options/size-limits.ts', 'SIZE_OPTIONS'],
  ['Rates', 'options/rate-limits.ts', 'RATE_OPTIONS'],
  ['Pressure', 'options/pressure-limits.ts', 'PRESSURE_OPTIONS'],
  ['Compression', 'options/deflate-settings.ts', 'COMPRESSION_OPTIONS'],
  ['Fields of `perMessageDeflate`', 'options/deflate-settings.ts', 'DEFLATE_OPTIONS'],
  ['Observability', 'options/observability-options.ts', 'ObservabilityOptions'],
  ['Clock', 'options/server-options.ts', 'WebSocketServerOptions'],
];

const TLS_GROUPS: typeof OPTION_GROUPS = [
  ['With texts or files', 'options/listen-options.ts', 'TlsOptions'],
  ['As texts, in PEM', 'tls/certificate.ts', 'Certificate'],
  ['As files, in PEM', 'tls/certificate.ts', 'CertificateFiles'],
  ['With files only', 'options/listen-options.ts', 'CertificateFileOptions'],
];

const ADMISSION_GROUPS: typeof OPTION_GROUPS = [
  ['Accepted', 'handshake/upgrade-hooks.ts', 'AdmittedClient'],
  ['Rejected', 'handshake/upgrade-hooks.ts', 'RejectedClient'],
];

const WS_OPTION_GROUPS: typeof OPTION_GROUPS = [
  ['Options of `WebSocketServer`', 'web-socket-server.ts', 'WebSocketServerOptions'],
  ['Options of `WebSocket`, as a client', 'client.ts', 'WebSocketClientOptions'],
  ['Options of both', 'options.ts', 'SocketOptions'],
  ['Fields of `perMessageDeflate`, for both', 'options.ts', 'PerMessageDeflateOptions'],
];

export const engineOptionsSection = () => groupedTables(NODE, OPTION_GROUPS);

export const tlsOptionsSection = () => groupedTables(NODE, TLS_GROUPS);

export const admissionSection = () => groupedTables(NODE, ADMISSION_GROUPS, 'field');

export const wsOptionsSection = () => groupedTables(WS, WS_OPTION_GROUPS);

export const wsServerEventsSection = () =>
  eventTable(`${WS}/web-socket-server.ts`, 'WebSocketServerEvents');

export const wsSocketEventsSection = () => eventTable(`${WS}/web-socket.ts`, 'WebSocketEvents');

export const clientOptionsSection = () =>
  memberTable('option', `${NODE}/client/client-options.ts`, 'CLIENT_OPTIONS');

export const broadcastOptionsSection = () =>
  memberTable('option', `${NODE}/broadcast/broadcast.ts`, 'BROADCAST_OPTIONS');

export const drainOptionsSection = () =>
  memberTable('option', `${NODE}/server/drain.ts`, 'DRAIN_OPTIONS');

export const serverEventsSection = () =>
  eventTable(`${NODE}/server/server-events.ts`, 'ServerEvents');

export const connectionEventsSection = () =>
  eventTable(`${NODE}/connection/connection.ts`, 'ConnectionEvents');

export const serverMembersSection = () => classTable(`${NODE}/server/server.ts`, 'WebSocketServer');

export const managerMembersSection = () =>
  classTable(`${NODE}/broadcast/connection-manager.ts`, 'ConnectionManager');

export const groupsSection = () =>
  classTable(`${NODE}/broadcast/connection-groups.ts`, 'ConnectionGroups');

export const connectionMembersSection = () =>
  classTable(`${NODE}/connection/connection.ts`, 'Connection');

export const statsSection = () =>
  [
    memberTable('field', `${NODE}/broadcast/connection-manager.ts`, 'ManagerStats'),
    memberTable('field', `${NODE}/server/server-events.ts`, 'ServerStats'),
  ].join('\n\n');

/** Rejected upgrades never become connections; a broken transport gets no close frame. */
const CLOSES_OTHERWISE: Partial<Record<ErrorCode, string>> = {
  HANDSHAKE_ERROR: '-',
  MALFORMED_HANDSHAKE: '-',
  MALFORMED_RESPONSE: '-',
  SERVER_FULL: '-',
  IP_LIMIT_EXCEEDED: '-',
  CONNECTION_ERROR: '1006',
  NETWORK_TIMEOUT: '1006',
};

export function engineErrorsSection(): string {
  // Object.keys widens to string; the keys of the table are the keys of its type.
  const codes = Object.keys(ERROR_CODES) as ErrorCode[];
  return table(
    ['code', 'closes with', 'severity', 'meaning', 'cause', 'remedy'],
    codes.map((code) => {
      const { closeCode, severity, message } = ERROR_CODES[code];
      const { cause, cure } = ERROR_GUIDE[code];
      const closesWith = CLOSES_OTHERWISE[code] ?? String(closeCode);
      return [`\`${code}\``, closesWith, severity, message, cause, cure];
    }),
  );
}

const SENDERS = {
  both: 'both sides',
  client: 'client',
  server: 'server',
  none: 'never sent',
} as const;

export function closeCodesSection(): string {
  return table(
    ['code', 'name', 'sent by', 'cause', 'remedy'],
    Object.keys(CLOSE_CODES).map((code) => {
      const { name, sentBy } = CLOSE_CODES[Number(code)] as CloseCodeEntry;
      const advice = CLOSE_GUIDE[Number(code)];
      if (advice === undefined) throw new Error(`no advice about close code ${code}`);
      return [code, `\`${name}\``, SENDERS[sentBy], advice.cause, advice.cure];
    }),
  );
}

export function closeCausesSection(): string {
  const rows = readMembers('packages/websocket/src/protocol/close-causes.ts', 'CLOSE_CAUSES');
  return table(
    ['cause', 'initiator', 'meaning'],
    rows.map(({ name, doc }) => [`\`${name}\``, CLOSE_CAUSES[name as CloseCause], doc]),
  );
}

export function rejectionsSection(): string {
  return table(
    ['reason', 'status', 'code', 'body'],
    Object.entries(REJECTIONS).map(([reason, { status, code, body }]) => [
      `\`${reason}\``,
      String(status),
      `\`${code}\``,
      body,
    ]),
  );
}

export function responseFaultsSection(): string {
  const rows = Object.entries(RESPONSE_ERRORS).map(([reason, text]) => [`\`${reason}\``, text]);
  return table(['reason', 'meaning'], rows);
}

export function metricsSection(): string {
  return table(
    ['metric', 'kind', 'labels', 'description'],
    Object.entries(METRICS).map(([name, { kind, labels, help }]) => [
      `\`${name}\``,
      kind,
      Object.entries(labels)
        .map(([label, allowed]) => `\`${label}\`: ${allowed}`)
        .join('; ') || '-',
      help,
    ]),
  );
}

function groupedTables(folder: string, groups: typeof OPTION_GROUPS, heading = 'option'): string {
  return groups
    .map(
      ([title, file, name]) => `### ${title}\n\n${memberTable(heading, `${folder}/${file}`, name)}`,
    )
    .join('\n\n');
}

function memberTable(heading: string, file: string, name: string): string {
  const rows = readMembers(file, name).map((member) => [`\`${member.name}\``, member.doc]);
  return table([heading, 'description'], rows);
}

function classTable(file: string, name: string): string {
  return table(
    ['member', 'description'],
    readClassMembers(file, name).map(({ name: member, type, doc }) => [
      `\`${member}${signatureOf(type)}\``,
      doc.replaceAll(/@throws \{(\w+)\}/g, 'Throws a `$1`:').replaceAll('@param ', ''),
    ]),
  );
}

/** On one line; a default that only the code can name is an optional parameter. */
function signatureOf(type: string): string {
  return type
    .replaceAll('( ', '(')
    .replaceAll(', )', ')')
    .replaceAll(/ = this\.[#\w.]+/g, '?');
}

function eventTable(file: string, name: string): string {
  return table(
    ['event', 'arguments', 'when'],
    readMembers(file, name).map((member) => [
      `\`${member.name}\``,
      `\`${member.type.slice(1, -1) || 'none'}\``,
      member.doc,
    ]),
  );
}
