/** Counts the messages that nodes hand over to each other, by listening to the bus. */
import { createClient } from 'redis';

interface Frame {
  readonly node: string;
  readonly message: { readonly kind: string; readonly commands?: readonly unknown[] };
}

/** `end` returns the numbers of messages, by the node that handed them over. */
export async function watchHandovers(redisUrl: string): Promise<{ end(): Map<string, number> }> {
  const client = createClient({ url: redisUrl });
  await client.connect();
  const counts = new Map<string, number>();
  const channels = await client.pubSubShardChannels();
  for (const channel of channels.filter((name) => name.includes(':node:'))) {
    await client.sSubscribe(channel, (text) => {
      const { node, message } = JSON.parse(text) as Frame;
      if (message.kind !== 'commands') return;
      counts.set(node, (counts.get(node) ?? 0) + (message.commands?.length ?? 0));
    });
  }
  return {
    end: () => {
      client.destroy();
      return counts;
    },
  };
}
