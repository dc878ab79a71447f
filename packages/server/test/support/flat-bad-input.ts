/** The parts of the contract on bad input that dialects with flat frames share. */
import type { Account } from './account.ts';
import { repeatedIn } from './bad-commands.ts';
import type { Answer, DialectClient } from './bad-input-scene.ts';
import { FlatClient, type FlatFrame } from './flat-client.ts';
import type { TestServer } from './running-server.ts';

const REPEATED = ['channelId', 'conversationId', 'recipientId', 'clientMessageId'];

export async function connectFlat(
  server: TestServer,
  account: Account,
  path: string,
): Promise<DialectClient> {
  const client = await FlatClient.connectAs(server, account, path);
  client.frames.length = 0;
  return {
    events: client.frames,
    ask: async (type, payload) => toAnswer(await client.ask(type, payload as object)),
    async askRaw(frame) {
      client.sendRaw(frame);
      return toAnswer(await client.takeNext());
    },
    settled: () => client.settled(),
    ended: () => client.end(),
    close: () => client.close(),
  };
}

/** An error repeats the type and the fields by which the client finds the command. */
export function contextOf(originalType: string | null, payload: unknown): object {
  const type = originalType === null ? {} : { originalType };
  return { ...type, ...repeatedIn(payload, REPEATED) };
}

function toAnswer({ type, ...fields }: FlatFrame): Answer {
  if (type === 'error') return fields;
  return { sequence: (fields['message'] as { sequence: number } | undefined)?.sequence };
}
