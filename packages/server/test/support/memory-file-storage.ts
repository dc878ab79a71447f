/** Files in memory, for tests of the domain. Their types are not looked for. */
import { type FileStorage, FileTooLarge } from '../../src/ports/file-storage.ts';

/** @param kept The bytes of files by id. */
export function memoryFileStorage(kept = new Map<string, Buffer>()): FileStorage {
  const unfinished = new Map<string, Buffer>();
  return {
    async receive(id, body, { bytesMax }) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      if (bytes.length > bytesMax) throw new FileTooLarge();
      unfinished.set(id, bytes);
      const picture = { width: undefined, height: undefined, hasThumbnail: false };
      return { type: 'application/octet-stream', size: bytes.length, ...picture };
    },
    async bring(id, _part, body) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      unfinished.set(id, Buffer.concat(chunks));
    },
    async keep(id) {
      kept.set(id, unfinished.get(id) ?? Buffer.of());
      unfinished.delete(id);
    },
    makeThumbnails: async (id) => kept.has(id),
    async open(id) {
      const bytes = kept.get(id);
      if (bytes === undefined) return undefined;
      const read = (start: number, end: number) => [bytes.subarray(start, end + 1)].values();
      return {
        size: bytes.length,
        read: (start, end) => asyncOf(read(start, end)),
        close: async () => {},
      };
    },
    async delete(id) {
      kept.delete(id);
      unfinished.delete(id);
    },
    deleteUnfinished: async () => {},
    close() {},
  };
}

async function* asyncOf<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}
