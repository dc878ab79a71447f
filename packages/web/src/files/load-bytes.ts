/** Loads a part of a file. */
import { fileAddress } from './server-file.ts';

/** @param end Exclusive; beyond the end of the file it is that end. */
export async function loadBytes(
  fileId: string,
  [begin, end]: readonly [begin: number, end: number],
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const headers = { range: `bytes=${begin}-${end - 1}` };
  const answer = await fetch(fileAddress(fileId), { headers, signal });
  if (!answer.ok) throw new Error(`The file is not available: ${answer.status}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  // A server may answer with the whole file.
  return answer.status === 206 ? bytes : bytes.slice(begin, end);
}
