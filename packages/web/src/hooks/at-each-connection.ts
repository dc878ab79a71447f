/** Calls a function now, if there is a connection, and after each new one; returns a function that ends it. */
import type { ChatClient } from '@parley/client';

export function atEachConnection(
  client: Pick<ChatClient, 'getSnapshot' | 'subscribe'>,
  action: () => void,
): () => void {
  let wasOpen = false;
  const look = (): void => {
    const isOpen = client.getSnapshot().connection.kind === 'open';
    if (isOpen && !wasOpen) action();
    wasOpen = isOpen;
  };
  look();
  return client.subscribe(look);
}
