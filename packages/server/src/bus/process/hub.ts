/**
 * The primary's part of the bus between worker processes: passes each message on to the other
 * workers that subscribe to its channel.
 */
import type { ProcessChannel } from '../../ports/process-channel.ts';
import type { ToHub, ToNode } from './messages.ts';

/**
 * Characters that may wait for one worker. Beyond it, messages to it are dropped: it finds them in
 * the store, as after any loss on a bus.
 */
const WAITING_LENGTH_MAX = 16 * 1024 * 1024;

export class BusHub {
  readonly #subscribers = new Map<string, Set<ProcessChannel>>();
  /** Messages to a worker that were dropped since the last one that it got. */
  readonly #droppedCounts = new WeakMap<ProcessChannel, number>();

  /** Connects a worker. @returns a function that disconnects it. */
  connect(node: ProcessChannel): () => void {
    const channels = new Set<string>();
    const unsubscribe = (channel: string): void => {
      channels.delete(channel);
      const subscribers = this.#subscribers.get(channel);
      subscribers?.delete(node);
      if (subscribers?.size === 0) this.#subscribers.delete(channel);
    };
    node.onMessage('bus', (message: ToHub) => {
      switch (message.kind) {
        case 'publish':
          this.#publish(node, message.channel, message.text);
          break;
        case 'subscribe':
          channels.add(message.channel);
          this.#subscribe(node, message.channel);
          send(node, { kind: 'subscribed', id: message.id });
          break;
        default:
          unsubscribe(message.channel);
      }
    });
    return () => {
      for (const channel of [...channels]) unsubscribe(channel);
    };
  }

  #subscribe(node: ProcessChannel, channel: string): void {
    const subscribers = this.#subscribers.get(channel) ?? new Set();
    subscribers.add(node);
    this.#subscribers.set(channel, subscribers);
  }

  #publish(from: ProcessChannel, channel: string, text: string): void {
    for (const node of this.#subscribers.get(channel) ?? []) {
      if (node === from) continue;
      const droppedCount = this.#droppedCounts.get(node) ?? 0;
      if (node.waitingLength > WAITING_LENGTH_MAX) {
        this.#droppedCounts.set(node, droppedCount + 1);
        continue;
      }
      if (droppedCount > 0) this.#droppedCounts.delete(node);
      send(node, { kind: 'message', channel, text, droppedCount });
    }
  }
}

function send(node: ProcessChannel, message: ToNode): void {
  node.send('bus', message);
}
