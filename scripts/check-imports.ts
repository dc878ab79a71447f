/**
 * Import directions: an inner ring never imports an outer one, packages reach
 * each other through their `exports` only, and the packages of the registry that
 * a folder may use are named.
 *
 * The rings stand in `RINGS` below; the longest path that matches a file decides.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

const root = dirname(import.meta.dirname);

interface Ring {
  /** Folders and files of the checkout, and names of packages, that it may import. */
  readonly may: readonly string[];
}

const S = 'packages/server/src';

/** What tests of more than one package need. */
const SHARED_BY_TESTS = ['tests/support/certificate.ts'];

/** What turns a dialect into commands; stores are none of it. */
const GATEWAY = [`${S}/domain`, `${S}/ports`, '@parley/protocol', '@parley/protocol/validators'];

const SQL_STORE = [
  ...['sql-rows', 'sql-workspaces', 'sql-invitations', 'sql-tables', 'sql-keys'].map(
    (name) => `${S}/stores/${name}.ts`,
  ),
  `${S}/ports`,
  '@parley/protocol',
  'node:',
];

/** What each place may import beside itself. `node:` stands for all of Node's own modules. */
const RINGS: Readonly<Record<string, Ring>> = {
  'packages/websocket/src/protocol': { may: [] },
  'packages/websocket/src/node': { may: ['packages/websocket/src/protocol', 'node:'] },
  'packages/websocket/src/ws': {
    may: ['packages/websocket/src/protocol', 'packages/websocket/src/node', 'node:'],
  },
  'packages/websocket/src/index.ts': {
    may: ['packages/websocket/src/protocol', 'packages/websocket/src/node'],
  },
  'packages/websocket/examples': { may: ['@parley/websocket', 'node:'] },
  'packages/websocket/test': {
    may: [
      'packages/websocket',
      '@parley/websocket',
      ...SHARED_BY_TESTS,
      'node:',
      'ws',
      'fast-check',
    ],
  },
  // What stands on a WebSocket library shows whether ours can take its place.
  'packages/websocket/test/ws': {
    may: [
      'packages/websocket',
      ...SHARED_BY_TESTS,
      'node:',
      'ws',
      'socket.io',
      'socket.io-client',
      'graphql',
      'graphql-ws',
      'graphql-ws/use/ws',
    ],
  },

  'packages/protocol/src': { may: ['typebox', 'typebox/compile'] },
  'packages/protocol/test': { may: ['packages/protocol', 'node:', 'fast-check'] },

  [`${S}/ports`]: { may: ['@parley/protocol'] },
  [`${S}/domain`]: { may: [`${S}/ports`, '@parley/protocol', 'node:assert/strict', 'unhomoglyph'] },
  // What both SQL stores have in common.
  [`${S}/stores/sql-rows.ts`]: { may: [`${S}/ports`, '@parley/protocol'] },
  [`${S}/stores/sql-workspaces.ts`]: {
    may: [`${S}/ports`, `${S}/stores/sql-rows.ts`, '@parley/protocol'],
  },
  [`${S}/stores/sql-invitations.ts`]: {
    may: [`${S}/ports`, `${S}/stores/sql-rows.ts`, '@parley/protocol'],
  },
  [`${S}/stores/sql-tables.ts`]: { may: [`${S}/ports`] },
  [`${S}/stores/sql-keys.ts`]: { may: [`${S}/ports`, 'node:'] },
  [`${S}/stores/sqlite`]: { may: SQL_STORE },
  [`${S}/stores/postgres`]: { may: [...SQL_STORE, 'pg'] },
  [`${S}/stores/memory`]: { may: [`${S}/ports`, '@parley/protocol', 'node:'] },
  [`${S}/sessions/redis`]: { may: [`${S}/ports`, 'node:', 'redis'] },
  [`${S}/bus/memory`]: { may: [`${S}/ports`, '@parley/protocol'] },
  [`${S}/gateways/common`]: { may: [...GATEWAY, '@parley/websocket', 'node:'] },
  [`${S}/gateways/native`]: {
    may: [...GATEWAY, `${S}/gateways/common`, '@parley/websocket', 'node:'],
  },
  [`${S}/gateways/channels`]: { may: [...GATEWAY, `${S}/gateways/common`] },
  [`${S}/gateways/direct`]: { may: [...GATEWAY, `${S}/gateways/common`] },
  [`${S}/gateways/socketio`]: {
    may: [
      ...GATEWAY,
      `${S}/gateways/common`,
      '@parley/websocket',
      '@parley/websocket/ws',
      'node:',
      'engine.io',
      'socket.io',
      'socket.io-parser',
      'sanitize-html',
    ],
  },
  [`${S}/http`]: {
    may: [
      `${S}/domain`,
      `${S}/ports`,
      '@parley/protocol',
      '@parley/protocol/validators',
      '@parley/websocket',
      'node:',
      'fastify',
      '@fastify/helmet',
      'cookie',
    ],
  },
  [`${S}/ops`]: { may: [`${S}/ports`, '@parley/protocol', 'node:', 'pino'] },
  [`${S}/config`]: { may: [`${S}/ports`, '@parley/protocol', '@parley/websocket', 'node:'] },
  [`${S}/tokens`]: { may: [`${S}/ports`, 'node:', 'jose'] },
  [`${S}/assistant`]: { may: [`${S}/ports`] },
  [`${S}/system`]: { may: [`${S}/ports`, '@parley/protocol', 'node:'] },
  [`${S}/cli`]: {
    may: [
      `${S}/app.ts`,
      `${S}/store-tools.ts`,
      `${S}/archive`,
      `${S}/config`,
      `${S}/ops`,
      '@parley/protocol',
      'node:',
    ],
  },
  [`${S}/archive`]: { may: [`${S}/ports`, 'node:'] },
  [`${S}/index.ts`]: { may: [`${S}/app.ts`, `${S}/config`] },
  // The composition roots: of the server, and of the operator's commands. Only they name adapters.
  [`${S}/app.ts`]: { may: [S, '@parley/protocol', 'node:'] },
  [`${S}/connection-limits.ts`]: {
    may: [`${S}/config`, `${S}/gateways/common`, `${S}/http`, `${S}/system`],
  },
  [`${S}/store-tools.ts`]: { may: [S, 'node:'] },
  'packages/server/test': {
    may: [
      'packages/server',
      '@parley/protocol',
      '@parley/protocol/validators',
      '@parley/websocket',
      ...SHARED_BY_TESTS,
      'node:',
      'ws',
      'fast-check',
      'typebox',
      'typebox/compile',
      'jose',
      'connect-redis',
      'express',
      'express-session',
      'fastify',
      'pg',
      'redis',
      'socket.io-client',
      'socket.io-client-4.0',
      'socket.io-client-4.4',
      'socket.io-client-4.6',
    ],
  },

  'packages/client/src/core': { may: ['@parley/protocol'] },
  'packages/client/src/react': { may: ['packages/client/src/core', 'react', '@parley/protocol'] },
  'packages/client/src/index.ts': { may: ['packages/client/src/core', '@parley/protocol'] },
  'packages/client/test': { may: ['packages/client', '@parley/protocol', 'node:', 'fast-check'] },
  // A hook gives what it gives inside of a component only.
  'packages/client/test/react': {
    may: ['packages/client', '@parley/protocol', 'node:', 'react', 'react-dom/server'],
  },

  'packages/web/src': {
    may: [
      '@parley/client',
      '@parley/client/react',
      'react',
      'react-dom',
      'react-dom/client',
      '@tanstack/react-virtual',
    ],
  },
  'packages/web/test': { may: ['packages/web', '@parley/client', 'node:', 'fast-check'] },
  'packages/web/vite.config.ts': { may: ['vite', '@vitejs/plugin-react', 'node:'] },
};

/** What must not stand in the text of a place, and why. */
const FORBIDDEN: readonly {
  readonly place: string;
  readonly text: RegExp;
  readonly why: string;
}[] = [
  {
    place: `${S}/gateways/socketio`,
    text: /\.(?:to|in|except|broadcast|serverSideEmit)\b\s*[.(]|\b(?:io|server|#server)\.(?:emit|send|write)\(/,
    // With the Redis adapter attached these would deliver twice (SIO-8a).
    why: 'sends to one socket only: no rooms and no broadcasts of Socket.IO',
  },
];

/** Places without a ring of their own, that may use whatever the root has. */
const FREE = ['scripts', 'tests', 'bench'];

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

/** Each breach in one line; none when all is well. */
export function findBreaches(): string[] {
  const breaches: string[] = [];
  for (const file of sourcesBelow('packages')) {
    const place = placeOf(file);
    if (place === undefined) {
      breaches.push(`${file}: belongs to no ring; name its folder in scripts/check-imports.ts`);
      continue;
    }
    for (const { why, text } of FORBIDDEN.filter((rule) => file.startsWith(`${rule.place}/`))) {
      if (text.test(readFileSync(join(root, file), 'utf8'))) breaches.push(`${file}: ${why}`);
    }
    for (const imported of importsOf(file)) {
      const target = imported.startsWith('.')
        ? normalize(join(dirname(file), imported)).replaceAll('\\', '/')
        : imported;
      if (!isAllowed(place, target)) breaches.push(`${file}: may not import ${target}`);
    }
  }
  return breaches;
}

function isAllowed(place: string, target: string): boolean {
  return [place, ...(RINGS[place]?.may ?? [])].some((allowed) => {
    if (allowed === 'node:') return target.startsWith('node:');
    // A package of the registry is named to the letter, a folder with all that is in it.
    return (
      target === allowed || (allowed.startsWith('packages/') && target.startsWith(`${allowed}/`))
    );
  });
}

function placeOf(file: string): string | undefined {
  return Object.keys(RINGS)
    .filter((place) => file === place || file.startsWith(`${place}/`))
    .sort((a, b) => b.length - a.length)[0];
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx|mts)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((path) => !/(^|\/)(node_modules|dist)\//.test(path))
    .filter((path) => !FREE.some((free) => path.startsWith(`${free}/`)));
}
