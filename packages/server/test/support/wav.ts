/** Makes WAV files. */

const RATE = 8_000;

/** A tone that is silent in its second half. */
export function wavOf(seconds: number): Buffer {
  const samples = Math.round(seconds * RATE);
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + 2 * samples, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(2 * RATE, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(2 * samples, 40);
  const data = Buffer.alloc(2 * samples);
  for (let at = 0; at < samples / 2; at += 1) {
    data.writeInt16LE(Math.round(20_000 * Math.sin(at / 3)), 2 * at);
  }
  return Buffer.concat([header, data]);
}
