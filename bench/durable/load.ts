/** The load: senders that each keep a number of messages in flight and time every answer. */
import { percentile } from '../chat/percentile.ts';
import { answerRequests } from '../harness/child-program.ts';
import { NativeSender } from './native-sender.ts';
import { RetryingSender } from './retrying-sender.ts';
import type { Sender, Tally } from './sender.ts';
import { SocketIoSender } from './socketio-sender.ts';

const SENDERS = {
  native: NativeSender,
  'native-retrying': RetryingSender,
  socketio: SocketIoSender,
};

export interface DurableLoad {
  readonly dialect: keyof typeof SENDERS;
  /** The senders are spread over these servers. */
  readonly urls: readonly string[];
  readonly senders: readonly { readonly token: string; readonly roomId: string }[];
  readonly inFlight: number;
}

const OPENED_AT_ONCE = 20;

const tally: Tally = { acknowledged: 0, delivered: 0, latenciesMs: [] };
let senders: Sender[] = [];

const requests = {
  async begin({ dialect, urls, senders: places, inFlight }: DurableLoad): Promise<void> {
    const { open } = SENDERS[dialect];
    for (let from = 0; from < places.length; from += OPENED_AT_ONCE) {
      const some = places.slice(from, from + OPENED_AT_ONCE);
      const opening = some.map((place, index) => {
        const url = urls[(from + index) % urls.length] ?? '';
        return open({ url, ...place, tally });
      });
      senders.push(...(await Promise.all(opening)));
    }
    for (const sender of senders) sender.begin(inFlight);
  },

  async measure(windowMs: number) {
    tally.acknowledged = 0;
    tally.latenciesMs = [];
    const beganAtMs = performance.now();
    await new Promise((resolve) => setTimeout(resolve, windowMs));
    if (tally.acknowledged === 0) throw new Error('nothing was acknowledged');
    return {
      ackedPerSecond: (tally.acknowledged * 1_000) / (performance.now() - beganAtMs),
      p99Ms: percentile(tally.latenciesMs, 0.99),
      longestMs: percentile(tally.latenciesMs, 1),
    };
  },

  /** Stops sending, and checks that all acknowledged messages can be read. */
  async verify(): Promise<void> {
    const ending = senders;
    senders = [];
    await Promise.all(ending.map((sender) => sender.end()));
    for (const sender of ending) await sender.verify();
  },
};

export type LoadRequests = typeof requests;
answerRequests(requests);
