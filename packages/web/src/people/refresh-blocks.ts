/** Loads the users whom the user has blocked. Loaded after the page. */
import { BlockApi } from '@parley/client';
import type { Chat } from '../chat-context.ts';
import { atEachConnection } from '../hooks/at-each-connection.ts';

/** If that fails, those that are known stay. */
async function refreshBlocks({ client, blocks }: Chat): Promise<void> {
  const users = await new BlockApi(client).list().catch(() => undefined);
  if (users !== undefined) blocks.set(users.map(({ id }) => id));
}

/** After a block or its end: the conversation with the person ended, or is there again. */
export async function applyBlockChange(chat: Chat): Promise<void> {
  chat.client.refreshRooms();
  await refreshBlocks(chat);
}

/** At each connection: they may have changed elsewhere. Returns a function that ends it. */
export function followBlocks(chat: Chat): () => void {
  return atEachConnection(chat.client, () => void refreshBlocks(chat));
}
