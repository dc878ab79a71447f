/**
 * A bus between several nodes of one process, for tests and simulations. It carries messages as
 * text, as a bus between processes does, and can lose, repeat, delay and reorder them.
 */
import type { BusTopic, NodeId } from '../../model/bus-message.ts';
import type { Bus, BusHandler } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import { BusCodec } from '../codec.ts';

/** Faults of the network; each share is between 0 and 1. */
export interface NetworkFaults {
  /** Share of messages that are lost. */
  readonly lost: number;
  /** Share of messages that arrive twice. */
  readonly repeated: number;
  /** Share of messages that arrive late, and behind later ones. */
  readonly delayed: number;
  readonly delayMsMax: number;
}

interface MemoryNetworkOptions {
  readonly clock: Pick<Clock, 'schedule'>;
  /** Returns numbers from 0 to below 1. */
  readonly random?: () => number;
  /** Time limit for a subscription that the network does not confirm. */
  readonly subscribeTimeoutMs?: number;
}

const NO_FAULTS: NetworkFaults = { lost: 0, repeated: 0, delayed: 0, delayMsMax: 0 };
const SUBSCRIBE_TIMEOUT_MS = 1000;

type Handlers = Set<BusHandler<BusTopic>>;

export class MemoryNetwork {
  faults: NetworkFaults = NO_FAULTS;
  readonly #clock: Pick<Clock, 'schedule'>;
  readonly #random: () => number;
  readonly #subscribeTimeoutMs: number;
  readonly #nodes = new Map<NodeId, NetworkNode>();

  constructor({ clock, random, subscribeTimeoutMs }: MemoryNetworkOptions) {
    this.#clock = clock;
    this.#random = random ?? (() => 0.5);
    this.#subscribeTimeoutMs = subscribeTimeoutMs ?? SUBSCRIBE_TIMEOUT_MS;
  }

  /** Connects a node. A node of another deployment receives nothing of the others. */
  connect(nodeId: NodeId, deployment = 'memory'): Bus {
    const node = new NetworkNode(nodeId, deployment, {
      send: (channel, text) => this.#send(nodeId, channel, text),
      clock: this.#clock,
      subscribeTimeoutMs: this.#subscribeTimeoutMs,
      onClosed: () => this.#nodes.delete(nodeId),
    });
    this.#nodes.set(nodeId, node);
    return node;
  }

  /** Cuts a node off. It learns of it, unless the connection only falls silent. */
  cut(nodeId: NodeId, how: { readonly isSilent: boolean } = { isSilent: false }): void {
    this.#nodes.get(nodeId)?.cut(how);
  }

  heal(nodeId: NodeId): void {
    this.#nodes.get(nodeId)?.heal();
  }

  #send(from: NodeId, channel: string, text: string): void {
    for (const [nodeId, node] of this.#nodes) {
      if (nodeId === from || !node.receives(channel)) continue;
      if (this.#happens(this.faults.lost)) continue;
      const copies = this.#happens(this.faults.repeated) ? 2 : 1;
      for (let copy = 0; copy < copies; copy += 1) this.#deliver(node, channel, text);
    }
  }

  #deliver(node: NetworkNode, channel: string, text: string): void {
    if (!this.#happens(this.faults.delayed)) {
      // Later, as from another process: a handler that publishes is not called by itself.
      queueMicrotask(() => node.receive(channel, text));
      return;
    }
    const delayMs = Math.floor(this.#random() * this.faults.delayMsMax);
    this.#clock.schedule(delayMs, () => node.receive(channel, text));
  }

  #happens(share: number): boolean {
    return share > 0 && this.#random() < share;
  }
}

interface NodeOptions {
  readonly send: (channel: string, text: string) => void;
  readonly clock: Pick<Clock, 'schedule'>;
  readonly subscribeTimeoutMs: number;
  readonly onClosed: () => void;
}

class NetworkNode implements Bus {
  readonly nodeId: NodeId;
  readonly isShared = true;
  readonly #codec: BusCodec;
  readonly #options: NodeOptions;
  readonly #handlers = new Map<string, Handlers>();
  readonly #onReconnected = new Set<() => void>();
  /** Subscriptions that wait for the connection to come back. */
  readonly #waiting = new Set<() => void>();
  #isCut = false;
  #isSilent = false;

  constructor(nodeId: NodeId, deployment: string, options: NodeOptions) {
    this.nodeId = nodeId;
    this.#codec = new BusCodec(deployment, nodeId);
    this.#options = options;
  }

  get isUp(): boolean {
    return !this.#isCut || this.#isSilent;
  }

  publish: Bus['publish'] = (topic, id, message) => {
    if (this.#isCut) return;
    this.#options.send(`${topic} ${id}`, this.#codec.encode(message));
  };

  subscribe: Bus['subscribe'] = async (topic, id, handle) => {
    const channel = `${topic} ${id}`;
    const handlers = this.#handlers.get(channel) ?? new Set();
    const own: BusHandler<BusTopic> = (message, from) =>
      handle(message as Parameters<typeof handle>[0], from); // Published under this topic.
    handlers.add(own);
    this.#handlers.set(channel, handlers);
    if (this.#isCut) await this.#confirmed();
    return () => {
      handlers.delete(own);
      if (handlers.size === 0 && this.#handlers.get(channel) === handlers) {
        this.#handlers.delete(channel);
      }
    };
  };

  onReconnected(run: () => void): () => void {
    this.#onReconnected.add(run);
    return () => this.#onReconnected.delete(run);
  }

  async close(): Promise<void> {
    this.#isCut = true;
    this.#handlers.clear();
    this.#onReconnected.clear();
    this.#options.onClosed();
  }

  receives(channel: string): boolean {
    return !this.#isCut && this.#handlers.has(channel);
  }

  receive(channel: string, text: string): void {
    if (this.#isCut) return;
    const frame = this.#codec.decode(text);
    if (frame === undefined) return;
    // Iterates over a copy: a handler may subscribe or unsubscribe.
    for (const handle of [...(this.#handlers.get(channel) ?? [])]) {
      handle(frame.message, frame.node);
    }
  }

  cut({ isSilent }: { readonly isSilent: boolean }): void {
    this.#isCut = true;
    this.#isSilent = isSilent;
  }

  heal(): void {
    if (!this.#isCut) return;
    this.#isCut = false;
    const wasKnown = !this.#isSilent;
    this.#isSilent = false;
    for (const confirm of [...this.#waiting]) confirm();
    // A node that did not notice the silence does not notice its end.
    if (wasKnown) for (const run of [...this.#onReconnected]) run();
  }

  #confirmed(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#options.clock.schedule(this.#options.subscribeTimeoutMs, resolve);
    this.#waiting.add(resolve);
    return promise.finally(() => {
      timer.cancel();
      this.#waiting.delete(resolve);
    });
  }
}
