/** Encodes what a search of messages has found. */
import type { ServerFrames } from '@parley/protocol';
import type { FoundMessage } from '../../domain/search/message-search.ts';
import { toMessagePayload } from './encode.ts';

export function toSearchResults({
  results,
  cursor,
}: {
  readonly results: readonly FoundMessage[];
  readonly cursor: string | undefined;
}): ServerFrames['search_results'] {
  return {
    results: results.map(({ message, roomName, highlights }) => ({
      message: toMessagePayload(message),
      room: { id: message.roomId, name: roomName },
      highlights,
    })),
    ...(cursor === undefined ? {} : { cursor }),
  };
}
