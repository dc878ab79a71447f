/** Every connection receives every message; as many connections as messages in flight send. */
import { AnswerReader, AnswerStream } from './answer-reader.ts';
import type { LoadStart } from './load.ts';
import { openPeers, type Peer } from './peer.ts';
import { RequestWriter } from './request-writer.ts';
import { makeTraffic } from './traffic.ts';

export const startBroadcast: LoadStart = async (options, onError) => {
  // A single message: with several senders, the server decides their order.
  const traffic = makeTraffic({ ...options, variety: 1 });
  // Answers are known in advance: nothing is compressed here.
  const stream = new AnswerStream(traffic.answers ?? { frames: [] });
  const writer = new RequestWriter(traffic.requests);
  const peers = await openPeers(options.connections, options, onError);
  const senders = peers.slice(0, options.inFlight);
  let delivered = 0;
  let sent = 0;
  const sendNext = () => {
    while ((sent - options.inFlight + 1) * peers.length <= delivered) {
      // The index is within `senders`.
      writer.write((senders[sent % senders.length] as Peer).socket, 0, 1);
      sent += 1;
    }
  };
  for (const peer of peers) {
    const reader = new AnswerReader(stream);
    peer.handleBytes = (bytes, byteCount) => {
      delivered += reader.read(bytes, byteCount);
      sendNext();
    };
  }
  sendNext();
  return {
    get count() {
      return delivered;
    },
    relax: () => {
      stream.isThorough = false;
    },
  };
};
