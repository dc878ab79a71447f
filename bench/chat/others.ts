/**
 * Clients that are already connected and keep sending. They run in a separate process: a process
 * that makes other load at once is too busy to measure the time of a send.
 */
import { answerRequests } from '../harness/child-program.ts';
import { NativeLink } from './native-link.ts';

export interface Others {
  readonly url: string;
  readonly senders: readonly { readonly token: string; readonly roomId: string }[];
}

/** Minimum interval of each sender, which also waits for each answer. */
const SEND_INTERVAL_MS = 20;

let isSending = true;
let latenciesMs: number[] = [];
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

  /** The times of all sends since the last call, in milliseconds; pending sends count from now on. */
  take(): readonly number[] {
    const taken = latenciesMs;
    latenciesMs = [];
    return taken;
  },

  /** Stops sending. Resolves to the times of all sends since the last `take`. */
  async end(): Promise<readonly number[]> {
    isSending = false;
    await sending;
    return latenciesMs;
  },
};

export type OthersRequests = typeof requests;
answerRequests(requests);

async function sendOn(link: NativeLink, roomId: string): Promise<void> {
  for (let count = 1; isSending; count += 1) {
    const sentAtMs = performance.now();
    await link.ask('chat_message', { roomId, content: 'on', clientMessageId: `other-${count}` });
    latenciesMs.push(performance.now() - sentAtMs);
    await new Promise((resolve) => setTimeout(resolve, SEND_INTERVAL_MS));
  }
}
