/**
 * Creates `Buffer`s on given memory without the checks of `Buffer.from`, which take longer than the
 * rest of it (70 instead of 42 ns), with the class that `Buffer` names for typed array methods. Node
 * does not document that this class can be constructed (docs/decisions/0021).
 */
import { Buffer } from 'node:buffer';
import { MAY_USE_INTERNALS } from '../node-internals-switch.ts';

type BufferClass = new (memory: ArrayBufferLike, start: number, byteCount: number) => Buffer;

const BufferView = MAY_USE_INTERNALS ? findBufferView() : undefined;

export const HAS_BUFFER_VIEWS = BufferView !== undefined;

export function viewBuffer(memory: ArrayBufferLike, start: number, byteCount: number): Buffer {
  return BufferView === undefined
    ? Buffer.from(memory, start, byteCount)
    : new BufferView(memory, start, byteCount);
}

/** Other platforms name `Buffer` itself, which is not meant to be constructed, or nothing. */
function findBufferView(): BufferClass | undefined {
  const { [Symbol.species]: species } = Buffer as { readonly [Symbol.species]?: unknown };
  if (typeof species !== 'function' || species === Buffer) return undefined;
  try {
    const View = species as BufferClass;
    const view = new View(new ArrayBuffer(4), 1, 2);
    return Buffer.isBuffer(view) && view.byteOffset === 1 && view.length === 2 ? View : undefined;
  } catch {
    return undefined;
  }
}
