/** Calls of the system that write: a peer in the same process may read several writes together. */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';

export function countWrites(socket: Socket, count: () => void): void {
  // Node does not document the handle of its sockets.
  const { _handle: handle } = socket as unknown as { _handle: Record<string, unknown> };
  for (const name of ['writeBuffer', 'writev', 'writeLatin1String', 'writeUtf8String']) {
    const native = handle[name];
    assert(typeof native === 'function', name);
    handle[name] = (...args: unknown[]) => {
      count();
      return native.apply(handle, args);
    };
  }
}
