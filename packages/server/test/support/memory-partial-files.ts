/** Uploads that may go on, in memory, for tests of the domain. */
import { FileTooLarge } from '../../src/ports/file-storage.ts';
import type { PartialFile, PartialFiles } from '../../src/ports/partial-files.ts';

type Described = Omit<PartialFile, 'offset'>;

export function memoryPartialFiles(): PartialFiles {
  const all = new Map<string, { readonly file: Described; bytes: Buffer }>();
  const keyOf = (owner: string, id: string) => `${owner} ${id}`;
  const shown = ({ file, bytes }: { readonly file: Described; readonly bytes: Buffer }) => ({
    ...file,
    offset: file.fileId === undefined ? bytes.length : file.size,
  });
  return {
    async begin(owner, file) {
      all.set(keyOf(owner, file.id), { file: { ...file, fileId: undefined }, bytes: Buffer.of() });
    },
    async find(owner, id) {
      const found = all.get(keyOf(owner, id));
      return found === undefined ? undefined : shown(found);
    },
    async list(owner) {
      return [...all].filter(([key]) => key.startsWith(`${owner} `)).map(([, each]) => shown(each));
    },
    async append(owner, { id, size, offset }, body) {
      const found = all.get(keyOf(owner, id));
      if (found === undefined) return;
      found.bytes = found.bytes.subarray(0, offset);
      for await (const chunk of body) {
        if (found.bytes.length + chunk.length > size) throw new FileTooLarge();
        found.bytes = Buffer.concat([found.bytes, chunk]);
      }
    },
    async *read(owner, id) {
      yield all.get(keyOf(owner, id))?.bytes ?? Buffer.of();
    },
    async complete(owner, { offset: _, ...file }, fileId) {
      all.set(keyOf(owner, file.id), { file: { ...file, fileId }, bytes: Buffer.of() });
    },
    async delete(owner, id) {
      all.delete(keyOf(owner, id));
    },
    bytes: () => [...all.values()].reduce((sum, { bytes }) => sum + bytes.length, 0),
    async deleteExpired(nowMs) {
      for (const [key, { file }] of all) if (file.expiresAtMs <= nowMs) all.delete(key);
    },
  };
}
