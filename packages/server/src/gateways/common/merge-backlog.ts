import type { Message } from '../../model/message.ts';
import type { RoomEvent } from '../../model/room-event.ts';

interface Missed {
  /** As they are now. */
  readonly messages: readonly Message[];
  /** What happened to older ones. */
  readonly events: readonly RoomEvent[];
}

/** What a client missed, in the order of the room, in the words of its dialect. */
export function mergeBacklog<Told>(
  { messages, events }: Missed,
  ofMessage: (message: Message) => Told,
  ofEvent: (event: RoomEvent) => Told | undefined,
): readonly Told[] {
  return [
    ...messages.map((message) => ({ sequence: message.sequence, told: ofMessage(message) })),
    ...events.map((event) => ({ sequence: event.sequence, told: ofEvent(event) })),
  ]
    .sort((a, b) => a.sequence - b.sequence)
    .flatMap(({ told }) => told ?? []);
}
