/** The form in which messages travel between nodes: JSON with a header. */
import type { BusMessages, BusTopic, NodeId } from '../model/bus-message.ts';

/** Increases with a change that older nodes cannot ignore. */
export const BUS_VERSION = 1;

export interface BusHeader {
  readonly version: number;
  /** Id of the cluster: several may share one bus. */
  readonly deployment: string;
  /** The sending node. */
  readonly node: NodeId;
}

export interface BusFrame<Topic extends BusTopic> extends BusHeader {
  readonly message: BusMessages[Topic];
}

export function encodeBusFrame<Topic extends BusTopic>(
  header: Pick<BusHeader, 'deployment' | 'node'>,
  message: BusMessages[Topic],
): string {
  const { deployment, node } = header;
  return JSON.stringify({ version: BUS_VERSION, deployment, node, message });
}

/** How the frames of this node begin: a receiver recognises its own messages without parsing them. */
export function startOfFrames({
  deployment,
  node,
}: Pick<BusHeader, 'deployment' | 'node'>): string {
  return JSON.stringify({ version: BUS_VERSION, deployment, node }).slice(0, -1);
}

/** Undefined for a message that is not for this node: its own, another cluster's, or malformed. */
export function decodeBusFrame<Topic extends BusTopic>(
  receiver: Pick<BusHeader, 'deployment' | 'node'>,
  text: string,
): BusFrame<Topic> | undefined {
  const frame = parse(text);
  if (!isFrame(frame) || frame.version < 1) return undefined;
  if (frame.deployment !== receiver.deployment || frame.node === receiver.node) return undefined;
  // Published by a node of this cluster: the message is of this topic.
  return frame as BusFrame<Topic>;
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
