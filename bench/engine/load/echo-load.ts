/** Each connection sends the next message when an answer is complete. */
import { inflateRawSync } from 'node:zlib';
import { AnswerReader, AnswerStream } from './answer-reader.ts';
import { readServerFrame } from './frames.ts';
import type { LoadStart, LoadTerms } from './load.ts';
import { openPeers, type Peer } from './peer.ts';
import { RequestWriter } from './request-writer.ts';
import { type Cycle, makeTraffic, type Traffic } from './traffic.ts';

/** Few different messages where they are large, so that the load fits into caches. */
function varietyOf(payloadBytes: number): number {
  if (payloadBytes <= 1_024) return 16;
  return payloadBytes <= 16_384 ? 4 : 2;
}

export const startEcho: LoadStart = async (terms, handleFault) => {
  const traffic = makeTraffic({ ...terms, variety: varietyOf(terms.payloadBytes) });
  const writer = new RequestWriter(traffic.requests);
  const stream = new AnswerStream(traffic.answers ?? (await learnAnswers(terms, traffic)));
  const peers = await openPeers(terms.connections, terms, handleFault);
  let count = 0;
  for (const peer of peers) {
    const reader = new AnswerReader(stream);
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
      stream.isThorough = false;
    },
  };
};

/** What a server answers that compresses: asked once, and checked by unpacking it. */
async function learnAnswers(terms: LoadTerms, { texts, requests }: Traffic): Promise<Cycle> {
  const frames: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    const learn = async (): Promise<void> => {
      // `openPeers` gives as many as were asked for.
      const [peer] = (await openPeers(1, terms, reject)) as readonly [Peer];
      let rest: Buffer = Buffer.alloc(0);
      peer.handleBytes = (bytes, byteCount) => {
        rest = Buffer.concat([rest, bytes.subarray(0, byteCount)]);
        for (
          let frame = readServerFrame(rest);
          frame !== undefined;
          frame = readServerFrame(rest)
        ) {
          const payload = frame.isDeflated
            ? inflateRawSync(frame.payload, { finishFlush: 2 })
            : frame.payload;
          if (payload.toString() !== texts[frames.length]) throw new Error('a wrong echo');
          if (!frame.isDeflated) throw new Error('the server did not compress');
          frames.push(Buffer.from(rest.subarray(0, frame.byteCount)));
          rest = rest.subarray(frame.byteCount);
        }
        if (frames.length === texts.length) resolve();
      };
      new RequestWriter(requests).write(peer.socket, 0, texts.length);
    };
    learn().catch(reject);
  });
  return { frames };
}
