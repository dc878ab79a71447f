/**
 * Clients that are already connected and keep sending. They run in a separate process: a process
 * that opens a thousand connections at once is too busy to measure the time of a send.
 */
import { NativeLink } from '../chat/native-link.ts';
import { answerRequests } from '../harness/child-program.ts';

export interface Others {
  readonly url: string;
  readonly senders: readonly { readonly token: string; readonly roomId: string }[];
}

/** Minimum interval of each sender, which also waits for each answer. */
const SEND_INTERVAL_MS = 20;

let isSending = true;
let longestMs = 0;
let sending: Promise<unknown> = Promise.resolve();

const requests = {
  async begin({ url, senders }: Others): Promise<void> {
    const links = await Promise.all(
      senders.map(async ({ token, roomId }) => {
        const link = await NativeLink.open(url, token);
        await link.ask('join_room', { roomId });
        return { link, roomId };
      }),
    );
    sending = Promise.all(links.map(({ link, roomId }) => sendOn(link, roomId)));
  },

  /** Resets the counts; pending requests count from now on. */
  forget(): void {
    longestMs = 0;
  },

  /** Stops sending. Resolves to the longest time of a send, in milliseconds. */
  async end(): Promise<number> {
    isSending = false;
    await sending;
    return longestMs;
  },
};

export type OthersRequests = typeof requests;
answerRequests(requests);

async function sendOn(link: NativeLink, roomId: string): Promise<void> {
  for (let count = 1; isSending; count += 1) {
    const sentAtMs = performance.now();
    await link.ask('chat_message', { roomId, content: 'on', clientMessageId: `other-${count}` });
    longestMs = Math.max(longestMs, performance.now() - sentAtMs);
    await new Promise((resolve) => setTimeout(resolve, SEND_INTERVAL_MS));
  }
}
