/** Opens connections one after the other and closes them in order: connect, upgrade, close, end. */
import { encodeFrame, OPCODES } from './frames.ts';
import type { LoadStart } from './load.ts';
import { Peer } from './peer.ts';

const CLOSE = encodeFrame(Buffer.from([0x03, 0xe8]), {
  opcode: OPCODES.close,
  maskKey: Uint8Array.of(5, 6, 7, 8),
});

/** The answer to it: the same code, unmasked. */
const CLOSE_ANSWER = Buffer.from([0x88, 0x02, 0x03, 0xe8]);

export const startHandshakes: LoadStart = async (terms, handleFault) => {
  let count = 0;
  const goOn = (): void => {
    const peer = new Peer(terms, handleFault);
    let isAnswered = terms.dialect === 'raw';
    peer.handleBytes = (bytes, byteCount) => {
      if (!bytes.subarray(0, byteCount).equals(CLOSE_ANSWER)) throw new Error('a wrong close');
      isAnswered = true;
    };
    peer.handleEnd = () => {
      if (!isAnswered) handleFault(new Error('the server ended a connection without a close'));
      count += 1;
      goOn();
    };
    void peer.open().then(() => {
      if (terms.dialect === 'raw') peer.socket.end();
      else peer.socket.write(CLOSE);
    }, handleFault);
  };
  for (let index = 0; index < terms.inFlight; index += 1) goOn();
  return {
    get count() {
      return count;
    },
  };
};
