/** A store that reaches its PostgreSQL through a proxy, which can disconnect it or fall silent. */
import { openTestStore } from './postgres-store.ts';
import { command, withLobby } from './records.ts';
import { TcpProxy } from './tcp-proxy.ts';

/** Returns the database URL through a proxy. */
export async function throughProxy(
  address: string,
): Promise<{ readonly proxy: TcpProxy; readonly url: string }> {
  const url = new URL(address);
  const proxy = await TcpProxy.start({ host: url.hostname, port: Number(url.port) });
  url.port = String(proxy.port);
  url.hostname = '127.0.0.1';
  return { proxy, url: url.href };
}

/** Opens the store with alice in the lobby, and a message that she is about to send. */
export async function openProxiedStore(address: string, statementTimeoutMs = 5000) {
  const { proxy, url } = await throughProxy(address);
  const store = await openTestStore(url, { statementTimeoutMs });
  const { alice, lobby } = await withLobby(store);
  const sent = command({ roomId: lobby.id, userId: alice.id, clientMessageId: 'c1' });
  const close = async () => {
    await store.close();
    await proxy.close();
  };
  return { proxy, store, alice, sent, close };
}
