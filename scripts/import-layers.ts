/**
 * The layers: which folders and packages each folder of the repository may import.
 *
 * `node:` stands for all of Node's own modules, a bare name for an npm package with its subpaths.
 * Workspace packages (`@parley/…`) are imported only through the entries of their `exports`.
 */

const S = 'packages/server/src';
const D = `${S}/domain`;

const TEST_SUPPORT = ['tests/support/certificate.ts', 'tests/support/repetitions.ts'];
const PROTOCOL = ['@parley/protocol', '@parley/protocol/commands', '@parley/protocol/validators'];
const GATEWAY = [D, `${S}/ports`, `${S}/model`, ...PROTOCOL];
const STORE = [`${S}/ports`, `${S}/model`, '@parley/protocol', 'node:'];
const SQL_STORE = [...STORE, `${S}/stores/sql`, `${S}/stores/report-outage.ts`];

/** The layers of the domain: `primitives <- event-log <- delivery <- core <- features <- cluster <- chat`. */
const INWARD = [
  'unhomoglyph',
  `${S}/ports`,
  `${S}/model`,
  '@parley/protocol',
  'node:assert/strict',
];
const DOMAIN_BASE = [...INWARD, `${D}/errors.ts`, `${D}/settings.ts`];
/** The folders of features: they reach the other nodes over `core/other-nodes.ts`, not over the bus. */
export const FEATURES = [
  'activity',
  'accounts',
  'audit',
  'rooms',
  'saved',
  'threads',
  'scheduled',
  'search',
  'server-profile',
  'messages',
  'direct',
  'files',
  'imports',
  'invitations',
  'invites',
  'presence',
  'previews',
  'removals',
  'reports',
  'blocks',
  'connections',
  'workspaces',
  'user-groups',
  'custom-emoji',
  'assistant',
];
const CORE = [`${D}/primitives`, `${D}/event-log`, `${D}/delivery`, `${D}/core`];

/** Allowed imports of each folder or file besides itself; the longest matching path applies. */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  // Memory and its checks only: no I/O.
  'packages/websocket/src/protocol': ['node:buffer'],
  'packages/websocket/src/node': ['packages/websocket/src/protocol', 'node:'],
  'packages/websocket/src/ws': [
    'packages/websocket/src/protocol',
    'packages/websocket/src/node',
    'node:',
  ],
  'packages/websocket/src/frames': [
    'packages/websocket/src/protocol',
    'packages/websocket/src/node',
    'node:',
  ],
  'packages/websocket/src/index.ts': [
    'packages/websocket/src/protocol',
    'packages/websocket/src/node',
  ],
  'packages/websocket/src/debug.ts': ['packages/websocket/src/node'],
  'packages/websocket/src/http.ts': [
    'packages/websocket/src/protocol',
    'packages/websocket/src/node',
  ],
  'packages/websocket/examples': ['@parley/websocket', '@parley/websocket/http', 'node:'],
  'packages/websocket/test': [
    'packages/websocket',
    '@parley/websocket',
    ...TEST_SUPPORT,
    'node:',
    'ws',
    'fast-check',
  ],
  // Libraries built on a WebSocket library show whether ours can replace it.
  'packages/websocket/test/ws': [
    ...['packages/websocket', ...TEST_SUPPORT, 'node:', 'ws', 'socket.io', 'socket.io-client'],
    ...['graphql', 'graphql-ws'],
  ],

  'packages/protocol/src': ['typebox'],
  'packages/protocol/test': ['packages/protocol', 'node:', 'fast-check'],

  // The stems of languages are loaded when they are needed.
  [`${S}/model`]: ['unhomoglyph', '@parley/protocol', 'node:assert/strict', 'node:module'],
  [`${S}/ports`]: [`${S}/model`, '@parley/protocol'],
  [`${D}/errors.ts`]: INWARD,
  [`${D}/settings.ts`]: INWARD,
  [`${D}/primitives`]: DOMAIN_BASE,
  [`${D}/event-log`]: [...DOMAIN_BASE, `${D}/primitives`],
  [`${D}/delivery`]: [...DOMAIN_BASE, `${D}/primitives`, `${D}/event-log`],
  [`${D}/core`]: [...DOMAIN_BASE, ...CORE],
  ...Object.fromEntries(
    FEATURES.map((name) => [
      `${D}/${name}`,
      [...DOMAIN_BASE, ...CORE, ...FEATURES.map((other) => `${D}/${other}`)],
    ]),
  ),
  // A table of names, without I/O.
  [`${D}/custom-emoji/standard-names.ts`]: ['gemoji'],
  [`${D}/cluster`]: [...DOMAIN_BASE, ...CORE, ...FEATURES.map((name) => `${D}/${name}`)],
  [`${D}/chat.ts`]: [D, ...INWARD],

  // Shared by both SQL stores.
  [`${S}/stores/sql`]: STORE,
  [`${S}/stores/report-outage.ts`]: STORE,
  [`${S}/stores/sqlite`]: SQL_STORE,
  [`${S}/stores/postgres`]: [...SQL_STORE, 'pg'],
  [`${S}/stores/cassandra`]: [...STORE, 'cassandra-driver', `${S}/stores/sql`],
  [`${S}/stores/split`]: STORE,
  [`${S}/sessions/redis`]: [`${S}/ports`, 'node:', 'redis'],
  [`${S}/bus/codec.ts`]: [`${S}/model`],
  [`${S}/bus/verify-secrets.ts`]: [`${S}/ports`, `${S}/model`],
  [`${S}/bus/memory`]: [`${S}/ports`, `${S}/model`, `${S}/bus/codec.ts`, '@parley/protocol'],
  [`${S}/bus/redis`]: [`${S}/ports`, `${S}/model`, `${S}/bus/codec.ts`, 'node:crypto', 'redis'],
  [`${S}/bus/process`]: [`${S}/ports`, `${S}/model`, `${S}/bus/codec.ts`],
  [`${S}/gateways/common`]: [...GATEWAY, '@parley/websocket', 'node:'],
  [`${S}/gateways/native`]: [...GATEWAY, `${S}/gateways/common`, '@parley/websocket', 'node:'],
  [`${S}/gateways/channels`]: [...GATEWAY, `${S}/gateways/common`],
  [`${S}/gateways/direct`]: [...GATEWAY, `${S}/gateways/common`],
  [`${S}/gateways/socketio`]: [
    ...[...GATEWAY, `${S}/gateways/common`, '@parley/websocket/ws', 'node:'],
    ...[
      '@parley/websocket',
      '@parley/websocket/http',
      'engine.io',
      'engine.io-parser',
      'socket.io',
      'socket.io-parser',
      'sanitize-html',
    ],
  ],
  [`${S}/http`]: [
    ...[...GATEWAY, '@parley/websocket/http', 'node:'],
    ...['fastify', 'fflate', '@fastify/helmet', 'cookie', 'cookie-signature', '@fastify/busboy'],
  ],
  [`${S}/ops`]: [`${S}/ports`, `${S}/model`, '@parley/protocol', 'node:', 'pino'],
  [`${S}/config`]: [
    ...[`${S}/ports`, `${S}/model`, '@parley/protocol', '@parley/websocket'],
    ...['@parley/websocket/http', 'node:'],
  ],
  [`${S}/files`]: [`${S}/ports`, 'node:', 'blurhash', 'mediabunny', 'sharp', '@aws-sdk/client-s3'],
  [`${S}/tokens`]: [
    ...[`${S}/ports`, `${S}/model`, 'node:', 'jose', 'openid-client'],
    ...['@simplewebauthn/server', '@simplewebauthn/server/helpers'],
  ],
  [`${S}/previews`]: [`${S}/ports`, 'node:', 'htmlparser2'],
  [`${S}/mail`]: [`${S}/ports`, 'nodemailer'],
  [`${S}/assistant`]: [`${S}/ports`, 'eventsource-parser'],
  [`${S}/system`]: [
    ...[`${S}/model`, `${S}/ports`, '@parley/protocol', 'node:', '@zxcvbn-ts/language-common'],
  ],
  [`${S}/cli`]: [
    ...[
      `${S}/app.ts`,
      `${S}/composition/server-options.ts`,
      `${S}/primary.ts`,
      `${S}/unit.ts`,
      `${S}/archive`,
      `${S}/config`,
      `${S}/imports`,
      `${S}/ops`,
      `${D}/accounts/account-administration.ts`,
      `${D}/accounts/factors-of.ts`,
      `${D}/audit/audit-reader.ts`,
      `${D}/invites/invite-administration.ts`,
      `${D}/rooms/room-administration.ts`,
      `${S}/system/compile-cache.ts`,
      `${S}/system/server-urls.ts`,
    ],
    ...['@parley/protocol', 'node:'],
  ],
  [`${S}/archive`]: [`${S}/model`, `${S}/ports`, '@parley/protocol', 'node:'],
  [`${S}/imports`]: [
    ...[
      `${S}/model`,
      `${S}/ports`,
      `${D}/primitives`,
      '@parley/protocol',
      'node:',
      'gemoji',
      'yauzl',
    ],
    // The rules of names.
    ...[`${D}/accounts/account-rules.ts`, `${D}/accounts/reserved-names.ts`],
    `${D}/rooms/room-name.ts`,
  ],
  [`${S}/index.ts`]: [`${S}/app.ts`, `${S}/composition/server-options.ts`, `${S}/config`],
  // Several worker processes, and the program of each.
  [`${S}/workers`]: [
    ...[`${S}/app.ts`, `${S}/composition/server-options.ts`, `${S}/cli`, `${S}/config`],
    ...[`${S}/ops`, `${S}/ports`, `${S}/system`, 'node:'],
  ],
  // The composition roots of the server, of a primary of several workers, and of the operator's
  // commands. Only they import adapters.
  [`${S}/app.ts`]: [S, '@parley/protocol', 'node:'],
  [`${S}/composition`]: [S, '@parley/protocol', 'node:'],
  [`${S}/primary.ts`]: [S, 'node:'],
  [`${S}/unit.ts`]: [S],
  [`${S}/config/connection-limits.ts`]: [
    ...[`${S}/config`, `${S}/gateways/common`, `${S}/http`, `${S}/system`],
  ],
  [`${S}/config/engine-limits.ts`]: [`${S}/config`, `${S}/gateways/common`, '@parley/websocket'],
  [`${S}/cli/store-admin.ts`]: [S, 'node:'],
  'packages/server/test': [
    ...['packages/server', ...PROTOCOL, '@parley/websocket', '@parley/websocket/http'],
    ...[
      ...TEST_SUPPORT,
      'node:',
      'ws',
      'fast-check',
      'fastify',
      'fflate',
      'mediabunny',
      'typebox',
      'jose',
      'connect-redis',
      'express',
      'sharp',
    ],
    ...[
      'cassandra-driver',
      'express-session',
      'oidc-provider',
      'smtp-server',
      'pg',
      'redis',
      'socket.io-client',
      'socket.io-client-4.0',
    ],
    ...['socket.io-client-4.4', 'socket.io-client-4.6'],
  ],

  'packages/client/src/core': ['@parley/protocol'],
  'packages/client/src/browser': ['packages/client/src/core'],
  'packages/client/src/react': [
    ...['packages/client/src/core', 'react', '@tanstack/virtual-core', '@parley/protocol'],
  ],
  'packages/client/src/testing': ['packages/client/src/core', '@parley/protocol'],
  'packages/client/src/node': ['packages/client/src/core', 'node:'],
  'packages/client/src/index.ts': [
    ...['packages/client/src/core', 'packages/client/src/browser', '@parley/protocol'],
  ],
  'packages/client/examples': ['@parley/client', 'node:'],
  'packages/client/test': ['packages/client', '@parley/protocol', 'node:', 'fast-check'],
  'packages/client/test/react': [
    ...['packages/client', '@parley/protocol', 'node:', 'fast-check', 'react', 'react-dom'],
  ],

  'packages/web/src': [
    ...[
      '@parley/client',
      '@parley/client/react',
      'react',
      'react-dom',
      '@simplewebauthn/browser',
      'blurhash',
      'lowlight',
      'pdfjs-dist',
      'uqr',
      'virtual:emoji-table',
    ],
  ],
  'packages/web/test': ['packages/web', '@parley/client', 'node:', 'fast-check'],
  'packages/web/emoji-table.ts': ['vite', 'node:'],
  'packages/web/vite.config.ts': [
    'vite',
    '@vitejs/plugin-react',
    'packages/web/emoji-table.ts',
    'node:',
    'terser',
  ],
};

const ENGINE = 'packages/websocket/src/node';

/**
 * Folders beside each other that import each other. No new pair is allowed, and a pair that no
 * longer does leaves this list.
 */
export const MUTUAL_FOLDERS: readonly (readonly [string, string])[] = [
  [`${ENGINE}/admission`, `${ENGINE}/broadcast`],
  [`${ENGINE}/admission`, `${ENGINE}/connection`],
  [`${ENGINE}/admission`, `${ENGINE}/metrics`],
  [`${ENGINE}/admission`, `${ENGINE}/options`],
  [`${ENGINE}/broadcast`, `${ENGINE}/metrics`],
  [`${ENGINE}/broadcast`, `${ENGINE}/server`],
  [`${ENGINE}/connection`, `${ENGINE}/liveness`],
  [`${ENGINE}/connection`, `${ENGINE}/observability`],
  [`${ENGINE}/connection`, `${ENGINE}/receive`],
  [`${ENGINE}/deflate`, `${ENGINE}/receive`],
  [`${ENGINE}/deflate`, `${ENGINE}/send`],
  [`${ENGINE}/handshake`, `${ENGINE}/options`],
  [`${ENGINE}/handshake`, `${ENGINE}/server`],
  [`${ENGINE}/liveness`, `${ENGINE}/metrics`],
  [`${ENGINE}/liveness`, `${ENGINE}/receive`],
  [`${ENGINE}/observability`, `${ENGINE}/options`],
  [`${ENGINE}/options`, `${ENGINE}/receive`],
  [`${ENGINE}/options`, `${ENGINE}/tls`],
];
