/** A store that reaches its PostgreSQL through a proxy, which can cut it off or fall silent. */
import { openTestStore } from './postgres-store.ts';
import { command, withLobby } from './records.ts';
import { TcpProxy } from './tcp-proxy.ts';

/** The address through a proxy, as clients of the database have it. */
export async function throughProxy(
  address: string,
): Promise<{ readonly proxy: TcpProxy; readonly url: string }> {
  const url = new URL(address);
  const proxy = await TcpProxy.start({ host: url.hostname, port: Number(url.port) });
  url.port = String(proxy.port);
  url.hostname = '127.0.0.1';
  return { proxy, url: url.href };
}

/** With alice in the lobby, and a message of hers that is about to be sent. */
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
