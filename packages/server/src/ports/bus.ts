/**
 * A node's connection to the other nodes of its cluster. A node does not receive its own messages.
 *
 * Messages may be lost, repeated, reordered and delayed: receivers rely on sequences and versions,
 * and the store has everything that must not be lost.
 */
import type { BusMessages, BusTopic, BusTopics, NodeId } from '../model/bus-message.ts';

export type Unsubscribe = () => void;

export type BusHandler<Topic extends BusTopic> = (
  message: BusMessages[Topic],
  /** The sending node. */
  from: NodeId,
) => void;

/**
 * Why a message of the bus was lost. Sent: `down` without a connection, `lost` by the end of the
 * connection or a rejection before the bus had it, `full` because too much waited. Received: `foreign` if
 * no node of this cluster has sent it, `malformed`, or `unhandled` because its handler failed.
 */
export type BusDrop = 'down' | 'lost' | 'full' | 'foreign' | 'malformed' | 'unhandled';

export interface Bus {
  readonly nodeId: NodeId;
  /**
   * Whether there may be other nodes. If false, publishing does nothing, and no message arrives.
   */
  readonly isShared: boolean;
  /** Whether messages reach the other nodes, as far as this node knows. */
  readonly isUp: boolean;
  /** Sends a message to the other nodes that subscribe. Never throws, never waits. */
  publish<Topic extends BusTopic>(
    topic: Topic,
    id: BusTopics[Topic],
    message: BusMessages[Topic],
  ): void;
  /**
   * Resolves when messages published from now on arrive. If the bus does not confirm it within the
   * adapter's time limit, resolves as well: the subscription is made when the bus is back, and
   * `onReconnected` is called then.
   */
  subscribe<Topic extends BusTopic>(
    topic: Topic,
    id: BusTopics[Topic],
    handle: BusHandler<Topic>,
  ): Promise<Unsubscribe>;
  /** Calls `run` whenever messages may have been missed for a while and arrive again. */
  onReconnected(run: () => void): Unsubscribe;
  close(): Promise<void>;
}
