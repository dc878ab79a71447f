/**
 * The connection between the primary process and one of its worker processes. Messages are copied,
 * arrive once and in order, and are dropped once the other process has ended.
 */
export interface ProcessChannel {
  send(topic: ChannelTopic, message: unknown): void;
  /** Sets the handler of a topic. Messages before that are dropped. */
  onMessage(topic: ChannelTopic, handle: (message: never) => void): void;
  /** Characters of `text` fields that the other process has not accepted yet. */
  readonly waitingLength: number;
}

export type ChannelTopic = 'bus' | 'store' | 'limits' | 'control';
