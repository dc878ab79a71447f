/** Connections that send few messages, at fixed times, and measure the time until the echo. */
import { AnswerReader, AnswerStream } from './answer-reader.ts';
import type { LoadStart } from './load.ts';
import { openPeers, type Peer } from './peer.ts';
import { RequestWriter } from './request-writer.ts';
import { makeTraffic } from './traffic.ts';

export const startQuiet: LoadStart = async ({ intervalMs = 10, ...options }, onError) => {
  const traffic = makeTraffic({ ...options, variety: 1 });
  // Answers are known in advance: nothing is compressed here.
  const stream = new AnswerStream(traffic.answers ?? { frames: [] });
  const writer = new RequestWriter(traffic.requests);
  const peers = await openPeers(options.connections, options, onError);
  let latencies: number[] = [];
  let count = 0;

  const speak = (peer: Peer) => {
    const reader = new AnswerReader(stream);
    const sentAtMs: number[] = [];
    peer.handleBytes = (bytes, byteCount) => {
      const now = performance.now();
      for (let left = reader.read(bytes, byteCount); left > 0; left -= 1) {
        latencies.push(now - (sentAtMs.shift() ?? now));
        count += 1;
      }
    };
    setInterval(() => {
      sentAtMs.push(performance.now());
      writer.write(peer.socket, 0, 1);
    }, intervalMs);
  };
  for (const peer of peers) speak(peer);
  return {
    openingsMs: peers.map(({ openedInMs }) => openedInMs),
    get count() {
      return count;
    },
    takeLatencies: () => {
      const taken = latencies;
      latencies = [];
      return taken;
    },
  };
};
