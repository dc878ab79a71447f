/**
 * Finds the Redis server to use: the first address that answers may be a server, a server of a
 * Redis Cluster, which knows the others, or a Sentinel, which knows the address of the primary.
 */
import { createClient } from 'redis';

type FoundServer =
  | { readonly kind: 'server'; readonly url: string }
  | { readonly kind: 'cluster'; readonly ranges: readonly SlotRange[] };

/** Slots of a Redis Cluster that one server has. */
export interface SlotRange {
  readonly from: number;
  readonly to: number;
  readonly url: string;
}

/**
 * @param addresses Several URLs are separated by commas. Sentinels expect the same credentials as
 *   the servers; `?master=NAME` chooses one of several primaries.
 */
export async function findServer(addresses: string, timeoutMs: number): Promise<FoundServer> {
  const urls = addresses.split(/,(?=rediss?:)/);
  let failure: unknown;
  for (const url of urls) {
    try {
      return await ask(url, timeoutMs / urls.length);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function ask(url: string, timeoutMs: number): Promise<FoundServer> {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    socket: { connectTimeout: timeoutMs, reconnectStrategy: false },
  });
  client.on('error', () => {
    // The call that waits for an answer is rejected.
  });
  // A server that accepts connections but does not answer is given up, too.
  const late = setTimeout(() => destroy(client), timeoutMs);
  try {
    await client.connect();
    const [, mode] = /^redis_mode:(\w+)/m.exec(await client.info('server')) ?? [];
    if (mode === 'cluster') {
      const known = new URL('/', url).href; // A Redis Cluster has no numbered databases.
      const ranges = await client.clusterSlots();
      return {
        kind: 'cluster',
        ranges: ranges.map(({ from, to, master }) => {
          return { from, to, url: withAddress(known, master) };
        }),
      };
    }
    if (mode !== 'sentinel') return { kind: 'server', url };
    return { kind: 'server', url: await primaryOf(url, (args) => client.sendCommand(args)) };
  } finally {
    clearTimeout(late);
    destroy(client);
  }
}

function destroy(client: { readonly isOpen: boolean; destroy(): void }): void {
  if (client.isOpen) client.destroy();
}

async function primaryOf(
  sentinelUrl: string,
  send: (args: string[]) => Promise<unknown>,
): Promise<string> {
  const name = new URL(sentinelUrl).searchParams.get('master') ?? (await onlyName(send));
  const address = await send(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name]);
  const [host, port] = Array.isArray(address) ? address.map(String) : [];
  if (host === undefined || port === undefined) {
    throw new Error(`The Sentinel knows no primary '${name}'`);
  }
  return withAddress(sentinelUrl, { host, port });
}

/** Other servers expect the same credentials and transport. */
function withAddress(
  known: string,
  { host, port }: { readonly host: string | null; readonly port: number | string },
): string {
  const url = new URL(known);
  // A server of a Redis Cluster that does not know its own address does not name it.
  if (host) url.hostname = host.includes(':') ? `[${host}]` : host;
  url.port = String(port);
  url.search = '';
  return url.href;
}

async function onlyName(send: (args: string[]) => Promise<unknown>): Promise<string> {
  const primaries = await send(['SENTINEL', 'MASTERS']);
  // Maps, because the client uses RESP3.
  const [first, ...others]: { readonly name?: unknown }[] = Array.isArray(primaries)
    ? primaries
    : [];
  if (first === undefined) throw new Error('The Sentinel knows no primary');
  if (others.length > 0) {
    throw new Error('The Sentinel has several primaries: choose one with ?master=NAME');
  }
  return String(first.name);
}
