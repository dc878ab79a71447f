/** Opens connections one after the other and closes them in order: connect, upgrade, close, end. */
import { encodeFrame, OPCODES } from './frames.ts';
import type { LoadStart } from './load.ts';
import { Peer } from './peer.ts';

const CLOSE = encodeFrame(Buffer.from([0x03, 0xe8]), {
  opcode: OPCODES.close,
  maskKey: Uint8Array.of(5, 6, 7, 8),
});

/** The answer to the close frame: the same code, unmasked. */
const CLOSE_ANSWER = Buffer.from([0x88, 0x02, 0x03, 0xe8]);

export const startHandshakes: LoadStart = async (options, onError) => {
  let count = 0;
  const goOn = (): void => {
    const peer = new Peer(options, onError);
    let isAnswered = options.dialect === 'raw';
    peer.handleBytes = (bytes, byteCount) => {
      if (!bytes.subarray(0, byteCount).equals(CLOSE_ANSWER)) throw new Error('a wrong close');
      isAnswered = true;
    };
    peer.handleEnd = () => {
      if (!isAnswered) onError(new Error('the server ended a connection without a close'));
      count += 1;
      goOn();
    };
    void peer.open().then(() => {
      if (options.dialect === 'raw') peer.socket.end();
      else peer.socket.write(CLOSE);
    }, onError);
  };
  for (let index = 0; index < options.inFlight; index += 1) goOn();
  return {
    get count() {
      return count;
    },
  };
};
