/**
 * Writes to the system without the stream of Node's socket, whose state, request and callbacks cost
 * more than the rest of the engine does for a write. The system mostly accepts all bytes at once;
 * otherwise the write is pending until its request calls back (docs/decisions/0021).
 */
import { Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';
import { MAY_USE_INTERNALS } from '../node-internals-switch.ts';

/** Node's object for one write; it can be used again unless its write is pending. */
interface WriteRequest {
  /** Negative if the system has accepted all bytes. */
  getAsyncId(): number;
  /** Keeps the bytes alive while they are pending. */
  chunks?: readonly Uint8Array[];
  oncomplete?: ((status: number) => void) | null;
}

/**
 * Its functions return 0, or the negative number of an error. Since Node 26 they take no request,
 * and return the one of a write that is pending.
 */
interface WriteHandle {
  writeBuffer(request: WriteRequest | null, bytes: Uint8Array): number | WriteRequest;
  writev(
    request: WriteRequest | null,
    chunks: readonly Uint8Array[],
    areBuffers: true,
  ): number | WriteRequest;
}

type SocketWithHandle = Socket & { readonly _handle?: WriteHandle | null };

/** Handles that pass bytes to the system; those of TLS and of other streams do not. */
const SYSTEM_HANDLES = new Set(['TCP', 'Pipe']);

const newRequest = MAY_USE_INTERNALS ? findNewRequest() : undefined;

let request = newRequest?.();

export const HAS_DIRECT_WRITES: boolean = request !== undefined;

export function canWriteDirectly(socket: object): socket is Socket {
  if (!HAS_DIRECT_WRITES || !(socket instanceof Socket)) return false;
  const { _handle: handle } = socket as SocketWithHandle;
  return handle != null && SYSTEM_HANDLES.has(handle.constructor.name);
}

/**
 * Writes chunks, which must not change while they are pending; `owner` is told when the system has
 * accepted all of them. Returns `refused` if the socket must write them, because it has others to
 * write first or the system reports an error. If a pending write fails, the socket is destroyed.
 */
export function writeDirectly(
  socket: Socket,
  chunks: readonly Uint8Array[],
  owner: { handleTaken(): void },
): 'accepted' | 'pending' | 'refused' {
  const { _handle: handle } = socket as SocketWithHandle;
  // Only a write of its own restarts the timeout of a socket.
  const isFree = socket.writableLength === 0 && !socket.timeout;
  const [first] = chunks;
  if (handle == null || request === undefined || first === undefined || !isFree) return 'refused';
  const isOne = chunks.length === 1;
  const result = isOne ? handle.writeBuffer(request, first) : handle.writev(request, chunks, true);
  if (typeof result === 'number' && result !== 0) return 'refused';
  const used = typeof result === 'number' ? request : result;
  if (used === null || used.getAsyncId() < 0) return 'accepted';
  if (used === request) request = newRequest?.();
  used.chunks = chunks;
  used.oncomplete = (status) => {
    if (status >= 0) owner.handleTaken();
    else socket.destroy(writeError(status));
  };
  return 'pending';
}

/** As Node's sockets report it. */
function writeError(errno: number): Error {
  const code = getSystemErrorName(errno);
  return Object.assign(new Error(`write ${code}`), { errno, code, syscall: 'write' });
}

/** Finds out what Node's sockets pass to a handle; `undefined` if it is something else. */
export function findNewRequest(SocketClass = Socket): (() => WriteRequest | null) | undefined {
  let passed: unknown;
  const writeBuffer = (given: unknown): number => {
    passed = given;
    return 0;
  };
  try {
    const handle = { writeBuffer, close: () => {} };
    const socket = new SocketClass({ handle, readable: false, writable: true } as object);
    socket.on('error', () => {});
    socket.write(new Uint8Array(1));
    socket.destroy();
    if (passed === null) return () => null;
    const Found = (passed as object).constructor as new () => WriteRequest;
    return new Found().getAsyncId() < 0 ? () => new Found() : undefined;
  } catch {
    return undefined;
  }
}
