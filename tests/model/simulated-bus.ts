/** A node's connection to the bus: it receives nothing while its process is stopped, and is traced. */
import type { BusTopic } from '../../packages/server/src/model/bus-message.ts';
import type { Bus } from '../../packages/server/src/ports/bus.ts';
import type { NodeClock } from './node-clock.ts';

interface SimulatedBusOptions {
  readonly bus: Bus;
  readonly clock: NodeClock;
  /** Describes a step of the node. */
  readonly trace: (text: () => string) => void;
}

export function simulatedBus({ bus, clock, trace }: SimulatedBusOptions): Bus {
  return {
    nodeId: bus.nodeId,
    isShared: bus.isShared,
    get isUp() {
      return bus.isUp;
    },
    publish(topic, id, message) {
      trace(() => `publishes ${describe(topic, id, message)}`);
      bus.publish(topic, id, message);
    },
    async subscribe(topic, id, handle) {
      const unsubscribe = await bus.subscribe(topic, id, (message, from) =>
        clock.run(() => {
          trace(() => `receives ${describe(topic, id, message)}`);
          handle(message, from);
        }),
      );
      return unsubscribe;
    },
    onReconnected: (run) => bus.onReconnected(() => clock.run(run)),
    close: () => bus.close(),
  };
}

function describe(topic: BusTopic, id: string, message: unknown): string {
  return `${topic} ${id} ${JSON.stringify(message)}`;
}
