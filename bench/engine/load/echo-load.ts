/** Each connection sends the next message when an answer is complete. */
import { AnswerReader, AnswerStream } from './answer-reader.ts';
import { InflatingReader } from './inflating-reader.ts';
import type { LoadStart } from './load.ts';
import { openPeers } from './peer.ts';
import { RequestWriter } from './request-writer.ts';
import { makeTraffic } from './traffic.ts';

/** Few different messages where they are large, so that the load fits into caches. */
function varietyOf(payloadBytes: number): number {
  if (payloadBytes <= 1_024) return 16;
  return payloadBytes <= 16_384 ? 4 : 2;
}

export const startEcho: LoadStart = async (terms, handleFault) => {
  const traffic = makeTraffic({ ...terms, variety: varietyOf(terms.payloadBytes) });
  const writer = new RequestWriter(traffic.requests);
  const stream = traffic.answers && new AnswerStream(traffic.answers);
  const peers = await openPeers(terms.connections, terms, handleFault);
  let count = 0;
  for (const peer of peers) {
    const reader = stream ? new AnswerReader(stream) : new InflatingReader(traffic.texts);
    let sent = terms.inFlight;
    peer.handleBytes = (bytes, byteCount) => {
      const completed = reader.read(bytes, byteCount);
      if (completed === 0) return;
      count += completed;
      writer.write(peer.socket, sent, completed);
      sent += completed;
    };
    writer.write(peer.socket, 0, terms.inFlight);
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
