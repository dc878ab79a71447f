/** Files as a ZIP archive, compressed while they are read: at most one piece of a file is in memory. */
import { strToU8, Zip, ZipDeflate } from 'fflate';

/** Of 1 to 9: fast, and most of the gain. */
const LEVEL = 3;
const NOTHING = new Uint8Array();

export async function* zipOf(
  files: AsyncIterable<{
    readonly name: string;
    readonly pieces: AsyncIterable<string | Uint8Array>;
  }>,
): AsyncGenerator<Uint8Array> {
  let written: Uint8Array[] = [];
  const take = (): Uint8Array[] => {
    const taken = written;
    written = [];
    return taken;
  };
  const zip = new Zip((error, data) => {
    if (error !== null) throw error;
    written.push(data);
  });
  for await (const { name, pieces } of files) {
    const file = new ZipDeflate(name, { level: LEVEL });
    zip.add(file);
    for await (const piece of pieces) {
      if (piece.length > 0) file.push(typeof piece === 'string' ? strToU8(piece) : piece);
      yield* take();
    }
    file.push(NOTHING, true);
    yield* take();
  }
  zip.end();
  yield* take();
}
