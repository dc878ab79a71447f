/** Two servers of a cluster in this process: they share an SQLite store and a bus with faults. */

import { MemoryNetwork, type NetworkFaults } from '../../packages/server/src/bus/memory/network.ts';
import { openMemoryTokenLeases } from '../../packages/server/src/bus/memory/token-leases.ts';
import { systemClock } from '../../packages/server/src/system/clock.ts';
import { TestServer } from '../../packages/server/test/support/running-server.ts';
import { seededRandom } from '../../packages/server/test/support/seeded-random.ts';
import { openTestStore } from '../../packages/server/test/support/sqlite-store.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';

const SECRETS = {
  SESSION_SECRET: 'the secret of the cookies',
  JWT_SECRET: 'the secret of the tokens of this cluster',
};

export class ServerNodes {
  readonly network: MemoryNetwork;
  readonly servers: readonly [TestServer, TestServer];
  readonly #closeStore: () => Promise<void>;

  static async start(
    settings: Record<string, string> = {},
    { faults, seed = 1 }: { readonly faults?: NetworkFaults; readonly seed?: number } = {},
  ): Promise<ServerNodes> {
    const store = await openTestStore(temporaryDirectory(), { durability: 'relaxed' });
    const network = new MemoryNetwork({ clock: systemClock, random: seededRandom(seed) });
    if (faults !== undefined) network.faults = faults;
    const tokenLeases = openMemoryTokenLeases(systemClock);
    const start = (nodeId: string) =>
      TestServer.start(
        { ...SECRETS, ...settings },
        { store, bus: network.connect(nodeId), tokenLeases },
      );
    const servers = [await start('one'), await start('other')] as const;
    return new ServerNodes(network, servers, () => store.close());
  }

  private constructor(
    network: MemoryNetwork,
    servers: readonly [TestServer, TestServer],
    closeStore: () => Promise<void>,
  ) {
    this.network = network;
    this.servers = servers;
    this.#closeStore = closeStore;
  }

  async close(): Promise<void> {
    for (const server of this.servers) await server.close();
    await this.#closeStore();
  }
}
