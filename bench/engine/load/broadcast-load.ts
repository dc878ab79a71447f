/** Every connection receives every message; as many connections as messages in flight send. */
import { AnswerReader, AnswerStream } from './answer-reader.ts';
import type { LoadStart } from './load.ts';
import { openPeers, type Peer } from './peer.ts';
import { RequestWriter } from './request-writer.ts';
import { makeTraffic } from './traffic.ts';

export const startBroadcast: LoadStart = async (terms, handleFault) => {
  // One message only: with several senders their order is the server's business.
  const traffic = makeTraffic({ ...terms, variety: 1 });
  // There are answers: nothing is compressed here.
  const stream = new AnswerStream(traffic.answers ?? { frames: [] });
  const writer = new RequestWriter(traffic.requests);
  const peers = await openPeers(terms.connections, terms, handleFault);
  const senders = peers.slice(0, terms.inFlight);
  let delivered = 0;
  let sent = 0;
  const sendNext = () => {
    while ((sent - terms.inFlight + 1) * peers.length <= delivered) {
      // One of `senders`.
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
