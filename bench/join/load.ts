/** The storm: all clients connect and resume at once; others send all the while. */
import { NativeLink } from '../chat/native-link.ts';
import { answerRequests } from '../harness/part.ts';

export interface Storm {
  readonly url: string;
  readonly clients: readonly {
    readonly token: string;
    readonly roomId: string;
    readonly lastSequence: number;
  }[];
  readonly others: readonly { readonly token: string; readonly roomId: string }[];
  /** Messages that each client has missed. */
  readonly behind: number;
}

/** Of each of the others, at the most; one waits for its answer before the next. */
const SEND_INTERVAL_MS = 20;

let storm: Storm;
const others: NativeLink[] = [];
let areSending = true;
let othersMaxMs = 0;

const requests = {
  /** The others are there, and send. */
  async begin(terms: Storm): Promise<void> {
    storm = terms;
    for (const { token, roomId } of storm.others) {
      const link = await NativeLink.open(storm.url, token);
      await link.ask('join_room', { roomId });
      others.push(link);
      void sendOn(link, roomId);
    }
  },

  async storm(): Promise<{ readonly doneMs: number; readonly othersMaxMs: number }> {
    othersMaxMs = 0;
    const beganAtMs = performance.now();
    await Promise.all(storm.clients.map(comeBack));
    const doneMs = performance.now() - beganAtMs;
    areSending = false;
    return { doneMs, othersMaxMs };
  },
};

export type LoadRequests = typeof requests;
answerRequests(requests);

async function sendOn(link: NativeLink, roomId: string): Promise<void> {
  for (let count = 1; areSending; count += 1) {
    const sentAtMs = performance.now();
    await link.ask('chat_message', { roomId, content: 'on', clientMessageId: `other-${count}` });
    othersMaxMs = Math.max(othersMaxMs, performance.now() - sentAtMs);
    await new Promise((resolve) => setTimeout(resolve, SEND_INTERVAL_MS));
  }
}

async function comeBack({ token, roomId, lastSequence }: Storm['clients'][number]): Promise<void> {
  const link = await NativeLink.open(storm.url, token);
  const { rooms } = await link.ask<{ rooms: { history: unknown[]; truncated: boolean }[] }>(
    'resume',
    { rooms: [{ roomId, lastSequence }] },
  );
  const missed = rooms[0]?.history.length;
  if (missed !== storm.behind) throw new Error(`given ${missed} of ${storm.behind} messages`);
}
