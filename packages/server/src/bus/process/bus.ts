/**
 * The bus between the worker processes of one machine, over the primary. It is up as long as the
 * worker runs: a worker ends with its primary.
 */
import type { BusTopic, NodeId } from '../../model/bus-message.ts';
import type { Bus, BusDrop, BusHandler } from '../../ports/bus.ts';
import type { ProcessChannel } from '../../ports/process-channel.ts';
import { BusCodec } from '../codec.ts';
import type { ToHub, ToNode } from './messages.ts';

interface ProcessBusOptions {
  readonly nodeId: NodeId;
  /** Called for messages that are dropped. */
  readonly onDropped: (reason: BusDrop, count: number) => void;
  /** Called if a message of another worker cannot be handled. */
  readonly onFailed: (error: unknown) => void;
}

/** All processes of one primary are one deployment. */
const DEPLOYMENT = 'machine';

export function openProcessBus(
  primary: ProcessChannel,
  { nodeId, onDropped, onFailed }: ProcessBusOptions,
): Bus {
  const codec = new BusCodec(DEPLOYMENT, nodeId);
  const handlersOf = new Map<string, Set<BusHandler<BusTopic>>>();
  const unconfirmed = new Map<number, () => void>();
  let lastId = 0;
  const send = (message: ToHub): void => primary.send('bus', message);
  const confirm = (id: number): void => {
    unconfirmed.get(id)?.();
    unconfirmed.delete(id);
  };

  primary.onMessage('bus', (message: ToNode) => {
    if (message.kind === 'subscribed') {
      confirm(message.id);
      return;
    }
    const frame = codec.decode(message.text);
    if (message.droppedCount > 0) onDropped('full', message.droppedCount);
    if (frame === undefined) {
      onDropped('malformed', 1);
      return;
    }
    // Iterates over a copy: a handler may subscribe or unsubscribe.
    for (const handle of [...(handlersOf.get(message.channel) ?? [])]) {
      try {
        handle(frame.message, frame.node);
      } catch (error) {
        onDropped('unhandled', 1);
        onFailed(error); // The message of another worker must not end this one.
      }
    }
  });

  return {
    nodeId,
    isShared: true,
    isUp: true,
    publish: (topic, id, message) =>
      send({ kind: 'publish', channel: `${topic}:${id}`, text: codec.encode(message) }),
    subscribe: async (topic, id, handle) => {
      const channel = `${topic}:${id}`;
      const own: BusHandler<BusTopic> = (message, from) =>
        handle(message as Parameters<typeof handle>[0], from); // Published under this topic.
      const handlers = handlersOf.get(channel) ?? new Set();
      handlers.add(own);
      handlersOf.set(channel, handlers);
      lastId += 1;
      const subscription = lastId;
      const { promise: confirmed, resolve } = Promise.withResolvers<void>();
      unconfirmed.set(subscription, resolve);
      // Also for a further handler: the first subscription may not be confirmed yet.
      send({ kind: 'subscribe', channel, id: subscription });
      await confirmed;
      return () => {
        handlers.delete(own);
        if (handlers.size > 0 || handlersOf.get(channel) !== handlers) return;
        handlersOf.delete(channel);
        send({ kind: 'unsubscribe', channel });
      };
    },
    onReconnected: () => () => {},
    close: async () => {
      for (const channel of handlersOf.keys()) send({ kind: 'unsubscribe', channel });
      handlersOf.clear();
      for (const id of [...unconfirmed.keys()]) confirm(id);
    },
  };
}
