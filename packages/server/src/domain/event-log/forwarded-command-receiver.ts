/** Commits commands that other nodes hand over to this one, and sends their results back. */
import type { NodeId, NodeMessage } from '../../model/bus-message.ts';
import type { CommitResult } from '../../model/commit-outcome.ts';
import {
  commandBytes,
  type ForwardedCommand,
  type ForwardedResult,
  isForwardable,
  toForwardedResult,
} from '../../model/forwarded-command.ts';
import type { Bus } from '../../ports/bus.ts';

/** Maximum number and bytes of commands of other nodes without a result; beyond it, they commit themselves. */
const COMMANDS_MAX = 5000;
const BYTES_MAX = 16 * 1024 * 1024;
/** Maximum number of nodes whose links are known; the oldest is forgotten. */
const NODES_MAX = 1000;

type Commands = Extract<NodeMessage, { readonly kind: 'commands' }>;

interface ForwardedCommandReceiverOptions {
  readonly bus: Pick<Bus, 'publish'>;
  /** Commits a command and announces its event. @throws {ChatError} UNAVAILABLE. */
  readonly commit: (
    command: ForwardedCommand,
    onResult: (commitResult: CommitResult) => void,
  ) => void;
  readonly budget: ForwardedBytesBudget;
}

/** The bytes that the process holds for clients, those of these commands included. */
export interface ForwardedBytesBudget {
  readonly isExhausted: () => boolean;
  /** Sets the bytes of all commands of other nodes without a result. */
  readonly setForwardedBytes: (bytes: number) => void;
}

/** The link of one other node. */
interface Link {
  readonly number: number;
  /** The number of the next command. */
  next: number;
  /** A command was rejected: those after it are rejected too, or a user's messages change places. */
  isRejected: boolean;
}

interface Results {
  readonly link: number;
  readonly results: (readonly [number, ForwardedResult])[];
}

export class ForwardedCommandReceiver {
  readonly #options: ForwardedCommandReceiverOptions;
  readonly #links = new Map<NodeId, Link>();
  /** Results of this turn of the event loop. */
  readonly #unsent = new Map<NodeId, Results>();
  #pendingCount = 0;
  #pendingBytes = 0;
  /** Number of commands that this node has accepted from others. */
  acceptedCount = 0;

  constructor(options: ForwardedCommandReceiverOptions) {
    this.#options = options;
  }

  receive(message: Commands, from: NodeId): void {
    const link = this.#linkOf(from, message.link);
    if (link === undefined || message.first < link.next) return; // Late, or repeated.
    if (link.isRejected || message.first > link.next) {
      this.#reject(from, link, message.first, 'gap');
      return;
    }
    for (const command of message.commands) {
      if (!this.#accept(command, from, link)) {
        this.#reject(from, link, link.next, 'busy');
        return;
      }
      link.next += 1;
    }
  }

  /** Undefined for a link that the other node has ended. */
  #linkOf(from: NodeId, number: number): Link | undefined {
    const known = this.#links.get(from);
    if (known !== undefined && known.number >= number) {
      return known.number === number ? known : undefined;
    }
    const link = { number, next: 0, isRejected: false };
    const [oldest] = this.#links.keys();
    if (oldest !== undefined && this.#links.size >= NODES_MAX) this.#links.delete(oldest);
    this.#links.set(from, link);
    return link;
  }

  #accept(command: ForwardedCommand, from: NodeId, link: Link): boolean {
    const bytes = commandBytes(command);
    const isOver = this.#pendingCount >= COMMANDS_MAX || this.#pendingBytes + bytes > BYTES_MAX;
    const isFull = isOver || this.#options.budget.isExhausted();
    if (isFull || !isForwardable(command)) return false;
    const number = link.next;
    try {
      this.#options.commit(command, (result) => {
        this.#countPending(-1, -bytes);
        this.#reply(from, link.number, [number, toForwardedResult(result)]);
      });
    } catch {
      return false;
    }
    this.acceptedCount += 1;
    this.#countPending(1, bytes);
    return true;
  }

  #countPending(count: number, bytes: number): void {
    this.#pendingCount += count;
    this.#pendingBytes += bytes;
    this.#options.budget.setForwardedBytes(this.#pendingBytes);
  }

  #reject(to: NodeId, link: Link, first: number, reason: 'gap' | 'busy'): void {
    link.isRejected = true;
    this.#options.bus.publish('node', to, { kind: 'rejected', link: link.number, first, reason });
  }

  #reply(to: NodeId, link: number, result: readonly [number, ForwardedResult]): void {
    const unsent = this.#unsent.get(to);
    if (unsent?.link === link) {
      unsent.results.push(result);
      return;
    }
    if (unsent !== undefined) this.#flush(to);
    this.#unsent.set(to, { link, results: [result] });
    queueMicrotask(() => this.#flush(to));
  }

  #flush(to: NodeId): void {
    const unsent = this.#unsent.get(to);
    if (unsent === undefined) return;
    this.#unsent.delete(to);
    this.#options.bus.publish('node', to, { kind: 'results', ...unsent });
  }
}
