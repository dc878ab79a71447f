import { until } from '../../../packages/server/test/support/wait.ts';
import type { DialectDriver } from '../dialect-driver.ts';
import { toFlatHeldMessage } from './flat.ts';

/** Sends and polls: HTTP has no stream. */
export const httpDriver: DialectDriver = {
  name: 'http',
  async open(server, person, record) {
    const headers = { cookie: person.cookie };
    const { roomId: channelId } = record;
    const post = async (content: string, clientMessageId: string) => {
      const body = { channelId, content, clientMessageId };
      const answer = await server.post('/api/messages', body, headers);
      if (!answer.ok) throw new Error(`POST /api/messages: ${answer.status}`);
      const { message, duplicate } = (await answer.json()) as {
        message: { id: string; sequence: number };
        duplicate: boolean;
      };
      record.acknowledged(clientMessageId, { ...message, duplicate });
    };
    return {
      say(content, clientMessageId) {
        record.sent('message', clientMessageId, { content });
        post(content, clientMessageId).catch((error: unknown) => {
          throw error;
        });
      },
      async reach(sequence) {
        await until(() => record.unanswered === 0, 'the answers, over HTTP');
        const path = `/api/channels/${channelId}/messages?limit=200`;
        const answer = await fetch(server.url + path, { headers });
        const { messages } = (await answer.json()) as {
          messages: Parameters<typeof toFlatHeldMessage>[0][];
        };
        record.fetched(messages.map(toFlatHeldMessage), sequence);
      },
      close: () => {},
    };
  },
};
