import type { Message, RoomEvent } from '../../ports/model.ts';
import type { FlatFrame } from './flat-dialect.ts';

interface Missed {
  /** As they are now. */
  readonly messages: readonly Message[];
  /** What happened to older ones. */
  readonly events: readonly RoomEvent[];
}

/** What a client missed, in the order of the room, in the words of its dialect. */
export function missedFrames(
  { messages, events }: Missed,
  ofMessage: (message: Message) => FlatFrame,
  ofEvent: (event: RoomEvent) => FlatFrame | undefined,
): readonly FlatFrame[] {
  return [
    ...messages.map((message) => ({ sequence: message.sequence, frame: ofMessage(message) })),
    ...events.map((event) => ({ sequence: event.sequence, frame: ofEvent(event) })),
  ]
    .sort((a, b) => a.sequence - b.sequence)
    .flatMap(({ frame }) => frame ?? []);
}
