/**
 * Which node commits the messages of a room that several nodes write to. Every node announces each
 * second that it commits commands of others; the owner follows from the list of these nodes.
 *
 * Nodes whose lists differ for a moment may choose two owners: that costs only speed, because the
 * store orders the commits of all nodes.
 */
import type { RoomId } from '@parley/protocol';
import type { NodeId, RoomOwnerAnnouncement } from '../../model/bus-message.ts';
import { LOG_COMMAND_VERSION } from '../../model/log-command.ts';
import type { Bus, Unsubscribe } from '../../ports/bus.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import { chooseNode } from './rendezvous-hash.ts';

interface RoomOwnersOptions {
  readonly bus: Pick<Bus, 'nodeId' | 'isUp' | 'publish' | 'subscribe'>;
  readonly clock: Pick<Clock, 'monotonicMs' | 'schedule'>;
}

const ANNOUNCEMENT_MS = 1000;
/** Time after which a silent node is no longer chosen. */
const LEASE_MS = 5000;
/** Time for which a node that did not answer is not chosen. */
const DISTRUST_MS = 10_000;

export class RoomOwners {
  readonly #options: RoomOwnersOptions;
  /** The other nodes, and when each was last heard of. */
  readonly #others = new Map<NodeId, number>();
  /** Nodes that did not answer, and until when they are not chosen. */
  readonly #distrusted = new Map<NodeId, number>();
  #isLeaving = false;
  #timer: Timer | undefined;
  #unsubscribe: Unsubscribe | undefined;

  constructor(options: RoomOwnersOptions) {
    this.#options = options;
  }

  /** Starts to announce this node. It must receive commands of other nodes by now. */
  async begin(): Promise<void> {
    const { bus } = this.#options;
    this.#unsubscribe = await bus.subscribe('nodes', 'all', (message, from) => {
      if (message.kind === 'room-owner') this.#receive(message, from);
    });
    this.#announceRepeatedly();
  }

  /** Number of nodes among which owners are chosen. */
  get nodeCount(): number {
    return this.#candidates().length;
  }

  /** The owner of a room; undefined if this node commits its own commands. */
  ownerOf(roomId: RoomId): NodeId | undefined {
    const { bus } = this.#options;
    if (!bus.isUp || this.#others.size === 0) return undefined;
    const owner = chooseNode(roomId, this.#candidates());
    if (owner === undefined || owner === bus.nodeId) return undefined;
    // Not the next best node: the others do not choose it, and it would commit beside the owner.
    return this.#isDistrusted(owner) ? undefined : owner;
  }

  /** A node did not answer, or rejected a command: for a while it gets no more of this node. */
  distrust(nodeId: NodeId): void {
    this.#distrusted.set(nodeId, this.#options.clock.monotonicMs() + DISTRUST_MS);
  }

  /** The node ends soon: from now on the other nodes choose among themselves. */
  leave(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    if (this.#timer !== undefined) this.#announce();
  }

  close(): void {
    this.leave();
    this.#timer?.cancel();
    this.#unsubscribe?.();
    this.#others.clear();
  }

  #receive({ commandVersion, isLeaving }: RoomOwnerAnnouncement, from: NodeId): void {
    if (commandVersion !== LOG_COMMAND_VERSION || isLeaving) {
      this.#others.delete(from);
      return;
    }
    const isNew = !this.#others.has(from);
    this.#others.set(from, this.#options.clock.monotonicMs());
    // A node that has just started learns of this one at once.
    if (isNew) this.#announce();
  }

  #announceRepeatedly(): void {
    this.#announce();
    this.#timer = this.#options.clock.schedule(ANNOUNCEMENT_MS, () => {
      this.#dropSilent();
      this.#announceRepeatedly();
    });
  }

  #announce(): void {
    this.#options.bus.publish('nodes', 'all', {
      kind: 'room-owner',
      commandVersion: LOG_COMMAND_VERSION,
      isLeaving: this.#isLeaving,
    });
  }

  #dropSilent(): void {
    const { bus, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    for (const [nodeId, untilMs] of this.#distrusted) {
      if (untilMs <= nowMs) this.#distrusted.delete(nodeId);
    }
    // Without the bus every node is silent, and no owner is chosen.
    if (!bus.isUp) return;
    for (const [nodeId, heardAtMs] of this.#others) {
      if (heardAtMs + LEASE_MS <= nowMs) this.#others.delete(nodeId);
    }
  }

  #isDistrusted(nodeId: NodeId): boolean {
    const untilMs = this.#distrusted.get(nodeId);
    return untilMs !== undefined && untilMs > this.#options.clock.monotonicMs();
  }

  #candidates(): NodeId[] {
    const own = this.#isLeaving ? [] : [this.#options.bus.nodeId];
    return [...own, ...this.#others.keys()];
  }
}
