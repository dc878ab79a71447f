/**
 * The server modules that a simulation runs: as they are, or with a planted fault.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SqliteModules } from '../../packages/server/test/support/sqlite-in-memory.ts';

export const SERVER_SOURCES = join(import.meta.dirname, '../../packages/server/src');

export interface ServerModules extends SqliteModules {
  readonly openChat: typeof import('../../packages/server/src/domain/chat.ts').openChat;
  readonly DOMAIN_DEFAULTS: typeof import('../../packages/server/src/domain/settings.ts').DOMAIN_DEFAULTS;
  readonly WebSocketConnection: typeof import('../../packages/server/src/gateways/common/web-socket-connection.ts').WebSocketConnection;
  readonly nativeCodec: typeof import('../../packages/server/src/gateways/native/native-codec.ts').nativeCodec;
  readonly MemoryNetwork: typeof import('../../packages/server/src/bus/memory/network.ts').MemoryNetwork;
  readonly openMemoryBus: typeof import('../../packages/server/src/bus/memory/bus.ts').openMemoryBus;
  readonly NO_TOKEN_LEASES: typeof import('../../packages/server/src/bus/memory/token-leases.ts').NO_TOKEN_LEASES;
  readonly StoreUnavailable: typeof import('../../packages/server/src/ports/store.ts').StoreUnavailable;
  readonly NotBegun: typeof import('../../packages/server/src/ports/store.ts').NotBegun;
}

const FILES = [
  'domain/chat.ts',
  'domain/settings.ts',
  'gateways/common/web-socket-connection.ts',
  'gateways/native/native-codec.ts',
  'bus/memory/bus.ts',
  'bus/memory/network.ts',
  'bus/memory/token-leases.ts',
  'stores/sqlite/database.ts',
  'stores/sqlite/migrate.ts',
  'stores/sqlite/operations.ts',
  'stores/sqlite/store.ts',
  'ports/store.ts',
];

/** @param query Part of the modules' addresses: modules with another one are loaded again. */
export async function loadServer(query = ''): Promise<ServerModules> {
  const modules = await Promise.all(
    FILES.map((file) => import(pathToFileURL(join(SERVER_SOURCES, file)).href + query)),
  );
  return Object.assign({}, ...modules);
}
