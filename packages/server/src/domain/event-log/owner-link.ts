/**
 * The commands that this node has handed over to one other node and that have no result yet, in
 * order. The receiver accepts them only without gaps, so that a user's messages keep their order.
 */
import type { NodeId, NodeMessage } from '../../model/bus-message.ts';
import {
  commandBytes,
  type ForwardedCommand,
  type ForwardedResult,
} from '../../model/forwarded-command.ts';
import type { Clock, Timer } from '../../ports/clock.ts';

/**
 * Time that the owner has for a result. Beyond it, this node commits the commands itself: a longer
 * time would delay the messages of a node that has died.
 */
export const HANDOVER_TIMEOUT_MS = 2000;
/** Maximum number of commands, and of bytes, in one message on the bus. */
const MESSAGE_COMMANDS_MAX = 256;
const MESSAGE_BYTES_MAX = 256 * 1024;

/** A command that was handed over. */
interface Handover {
  readonly command: ForwardedCommand;
}

interface Pending<Item extends Handover> {
  readonly item: Item;
  readonly sentAtMs: number;
}

interface OwnerLinkOptions<Item extends Handover> {
  readonly owner: NodeId;
  /** Increases with every link of this node: a receiver ignores what arrives late of a former one. */
  readonly number: number;
  readonly clock: Pick<Clock, 'monotonicMs' | 'schedule'>;
  readonly publish: (message: NodeMessage) => void;
  readonly onResult: (item: Item, result: ForwardedResult) => void;
  /** Called when a result is late. */
  readonly onTimeout: (link: OwnerLink<Item>) => void;
}

export class OwnerLink<Item extends Handover> {
  readonly #options: OwnerLinkOptions<Item>;
  readonly #pending = new Map<number, Pending<Item>>();
  readonly #numbers = new Map<Item, number>();
  #unsent: ForwardedCommand[] = [];
  #unsentBytes = 0;
  #next = 0;
  #timer: Timer | undefined;

  constructor(options: OwnerLinkOptions<Item>) {
    this.#options = options;
  }

  get owner(): NodeId {
    return this.#options.owner;
  }

  get number(): number {
    return this.#options.number;
  }

  /** The commands without a result, in order. */
  *items(): Iterable<Item> {
    for (const { item } of this.#pending.values()) yield item;
  }

  /** Hands a command over, together with all others of this turn of the event loop. */
  add(item: Item): void {
    const sentAtMs = this.#options.clock.monotonicMs();
    this.#pending.set(this.#next, { item, sentAtMs });
    this.#numbers.set(item, this.#next);
    this.#next += 1;
    if (this.#unsent.length === 0) queueMicrotask(() => this.#flush());
    this.#unsent.push(item.command);
    this.#unsentBytes += commandBytes(item.command);
    const isFull =
      this.#unsent.length >= MESSAGE_COMMANDS_MAX || this.#unsentBytes >= MESSAGE_BYTES_MAX;
    if (isFull) this.#flush();
    this.#timer ??= this.#watch(HANDOVER_TIMEOUT_MS);
  }

  /** The result is known from elsewhere. */
  remove(item: Item): void {
    const number = this.#numbers.get(item);
    if (number === undefined) return;
    this.#numbers.delete(item);
    this.#pending.delete(number);
  }

  receive(results: readonly (readonly [number, ForwardedResult])[]): void {
    for (const [number, result] of results) {
      const pending = this.#pending.get(number);
      if (pending === undefined) continue; // A repeated message.
      this.remove(pending.item);
      this.#options.onResult(pending.item, result);
    }
  }

  /** Ends the link. Returns the commands without a result, in order. */
  end(): Item[] {
    const items = [...this.items()];
    this.#timer?.cancel();
    this.#pending.clear();
    this.#numbers.clear();
    this.#unsent = [];
    return items;
  }

  #flush(): void {
    const commands = this.#unsent;
    if (commands.length === 0) return;
    this.#unsent = [];
    this.#unsentBytes = 0;
    const { number: link, publish } = this.#options;
    publish({ kind: 'commands', link, first: this.#next - commands.length, commands });
  }

  #watch(delayMs: number): Timer {
    const { clock, onTimeout } = this.#options;
    return clock.schedule(delayMs, () => {
      this.#timer = undefined;
      const [oldest] = this.#pending.values();
      if (oldest === undefined) return;
      const leftMs = oldest.sentAtMs + HANDOVER_TIMEOUT_MS - clock.monotonicMs();
      if (leftMs > 0) this.#timer = this.#watch(leftMs);
      else onTimeout(this);
    });
  }
}
