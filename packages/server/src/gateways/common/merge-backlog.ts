import type { Message } from '../../model/message.ts';
import type { RoomEvent } from '../../model/room-event.ts';

interface Missed {
  /** Missed messages in their current state. */
  readonly messages: readonly Message[];
  /** Events that changed older messages. */
  readonly events: readonly RoomEvent[];
}

/** Encodes the messages and events that a client missed, in the order of the room. */
export function mergeBacklog<Frame>(
  { messages, events }: Missed,
  ofMessage: (message: Message) => Frame,
  ofEvent: (event: RoomEvent) => Frame | undefined,
): readonly Frame[] {
  return [
    ...messages.map((message) => ({ sequence: message.sequence, frame: ofMessage(message) })),
    ...events.map((event) => ({ sequence: event.sequence, frame: ofEvent(event) })),
  ]
    .sort((a, b) => a.sequence - b.sequence)
    .flatMap(({ frame }) => frame ?? []);
}
