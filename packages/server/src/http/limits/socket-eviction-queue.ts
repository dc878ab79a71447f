/** Sockets that share a limit, and the order in which they are closed when it is reached. */

export class SocketEvictionQueue<S> {
  readonly socketsMax: number;
  #size = 0;
  /** Sockets without a complete request so far, oldest first. */
  readonly #silent = new Set<S>();
  /** Sockets between two requests, longest wait first. */
  readonly #idle = new Set<S>();

  constructor(socketsMax: number) {
    this.socketsMax = socketsMax;
  }

  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.#size >= this.socketsMax;
  }

  /** The socket to close first; undefined if all sockets are in use. */
  get nextToClose(): S | undefined {
    for (const socket of this.#silent) return socket;
    for (const socket of this.#idle) return socket;
    return undefined;
  }

  add(socket: S): void {
    this.#size += 1;
    this.#silent.add(socket);
  }

  markBusy(socket: S): void {
    this.#silent.delete(socket);
    this.#idle.delete(socket);
  }

  markIdle(socket: S): void {
    this.#idle.add(socket);
  }

  delete(socket: S): void {
    this.#size -= 1;
    this.markBusy(socket);
  }
}
