/** The form in which messages travel between nodes: JSON with a header. */
import type { BusMessages, BusTopic, NodeId } from '../model/bus-message.ts';

/** Increases with a change that older nodes cannot ignore. */
const BUS_VERSION = 1;

interface BusHeader {
  readonly version: number;
  /** Id of the cluster: several may share one bus. */
  readonly deployment: string;
  /** The sending node. */
  readonly node: NodeId;
}

interface BusFrame<Topic extends BusTopic> extends BusHeader {
  readonly message: BusMessages[Topic];
}

/** Encodes the messages of a node, and decodes those of the other nodes of its cluster. */
export class BusCodec {
  readonly #deployment: string;
  readonly #node: NodeId;
  /** How the node's own frames begin: most of what it receives back is dropped without parsing. */
  readonly #ownStart: string;

  constructor(deployment: string, node: NodeId) {
    this.#deployment = deployment;
    this.#node = node;
    this.#ownStart = JSON.stringify({ version: BUS_VERSION, deployment, node }).slice(0, -1);
  }

  /** Whether the text seems to be the node's own, which comes back to it. */
  isOwn(text: string): boolean {
    return text.startsWith(this.#ownStart);
  }

  encode<Topic extends BusTopic>(message: BusMessages[Topic]): string {
    const [deployment, node] = [this.#deployment, this.#node];
    return JSON.stringify({ version: BUS_VERSION, deployment, node, message });
  }

  /** Undefined for a message that is not for this node: its own, another cluster's, or malformed. */
  decode<Topic extends BusTopic>(text: string): BusFrame<Topic> | undefined {
    if (this.isOwn(text)) return undefined;
    const frame = parse(text);
    if (!isFrame(frame) || frame.version < 1) return undefined;
    if (frame.deployment !== this.#deployment || frame.node === this.#node) return undefined;
    // Published by a node of this cluster: the message is of this topic.
    return frame as BusFrame<Topic>;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isFrame(frame: unknown): frame is BusFrame<BusTopic> {
  if (typeof frame !== 'object' || frame === null) return false;
  const { version, deployment, node, message } = frame as Record<string, unknown>;
  return (
    typeof version === 'number' &&
    typeof deployment === 'string' &&
    typeof node === 'string' &&
    typeof message === 'object' &&
    message !== null &&
    typeof (message as Record<string, unknown>)['kind'] === 'string'
  );
}
