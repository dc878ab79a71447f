/** Messages as a node of a later version publishes them, with fields and kinds that this version does not know. */
import type { Bus } from '../../src/ports/bus.ts';

/** Text of every added field: it must not reach a client. */
export const ADDED = 'a field of a later version';

const UNKNOWN = { kind: 'of a later version', link: 1, sequence: 1 };

/**
 * Adds a field to every object of a message, except attachments: these are stored and shown as they
 * are, and a later form of them is a later version of commands.
 */
export function withAddedFields<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withAddedFields) as T;
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, field]) => [
    name,
    name === 'attachments' ? field : withAddedFields(field),
  ]);
  return { ...Object.fromEntries(fields), added: ADDED };
}

/** The bus of a node of a later version. It sends a message of an unknown kind before each message. */
export function ofLaterVersion(bus: Bus): Bus {
  return {
    ...{ nodeId: bus.nodeId, isShared: true, onReconnected: (run) => bus.onReconnected(run) },
    get isUp() {
      return bus.isUp;
    },
    publish: (topic, id, message) => {
      bus.publish(topic, id, UNKNOWN as never);
      bus.publish(topic, id, withAddedFields(message));
    },
    subscribe: (topic, id, handle) => bus.subscribe(topic, id, handle),
    close: () => bus.close(),
  };
}
