/**
 * The other nodes of the cluster, as features know them: they send a message to all, and listen to the
 * kinds that concern them. Only `core/`, what is below it, and `cluster/` know the bus.
 */

import type { NodeId, NodesMessage } from '../../model/bus-message.ts';
import type { Bus } from '../../ports/bus.ts';

/** Called with messages of other nodes, by kind. */
type Listeners = {
  readonly [Kind in NodesMessage['kind']]?: (
    message: Extract<NodesMessage, { readonly kind: Kind }>,
    from: NodeId,
  ) => void;
};

export class OtherNodes {
  /** Returns the number of nodes that have had users, this node included; presence replaces it. */
  count: () => number = () => 1;
  /** Whether a node has repeated that its participants hold; `cluster/` replaces it. */
  holdsParticipants: (nodeId: NodeId) => boolean = () => false;
  readonly #bus: Bus;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  /** The id of this node. */
  get nodeId(): NodeId {
    return this.#bus.nodeId;
  }

  /** Whether there may be other nodes. */
  get isShared(): boolean {
    return this.#bus.isShared;
  }

  /** Whether messages reach them, as far as this node knows. */
  get isUp(): boolean {
    return this.#bus.isUp;
  }

  /** Sends a message to all of them. Never throws, never waits. */
  send(message: NodesMessage): void {
    this.#bus.publish('nodes', 'all', message);
  }

  /** Resolves when messages of these kinds arrive. Returns a function that ends it. */
  listen(listeners: Listeners): Promise<() => void> {
    return this.#bus.subscribe('nodes', 'all', (message, from): void => {
      // Each kind has the listener of its kind.
      const listener = listeners[message.kind] as
        | ((message: NodesMessage, from: NodeId) => void)
        | undefined;
      listener?.(message, from);
    });
  }
}
