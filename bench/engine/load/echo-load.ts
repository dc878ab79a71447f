/** Each connection sends the next message when an answer is complete. */
import { AnswerReader, AnswerStream } from './answer-reader.ts';
import { InflatingReader } from './inflating-reader.ts';
import type { LoadStart } from './load.ts';
import { openPeers } from './peer.ts';
import { RequestWriter } from './request-writer.ts';
import { makeTraffic } from './traffic.ts';

/** Few different messages if they are large, so that the load fits into the CPU caches. */
function varietyOf(payloadBytes: number): number {
  if (payloadBytes <= 1_024) return 16;
  return payloadBytes <= 16_384 ? 4 : 2;
}

export const startEcho: LoadStart = async (options, onError) => {
  const traffic = makeTraffic({ ...options, variety: varietyOf(options.payloadBytes) });
  const writer = new RequestWriter(traffic.requests);
  const stream = traffic.answers && new AnswerStream(traffic.answers);
  const peers = await openPeers(options.connections, options, onError);
  let count = 0;
  for (const peer of peers) {
    const reader = stream ? new AnswerReader(stream) : new InflatingReader(traffic.texts);
    let sent = options.inFlight;
    peer.handleBytes = (bytes, byteCount) => {
      const completed = reader.read(bytes, byteCount);
      if (completed === 0) return;
      count += completed;
      writer.write(peer.socket, sent, completed);
      sent += completed;
    };
    writer.write(peer.socket, 0, options.inFlight);
  }
  return {
    get count() {
      return count;
    },
    relax: () => {
      if (stream !== undefined) stream.isThorough = false;
    },
  };
};
