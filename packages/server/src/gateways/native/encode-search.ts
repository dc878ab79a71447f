/** Encodes what a search of messages has found. */
import type { ServerFrames } from '@parley/protocol';
import type { FoundPage } from '../../domain/search/message-search.ts';
import { toMessagePayload } from './encode.ts';

export function toSearchResults({
  results,
  total,
  cursor,
  isIncomplete,
  unknown,
}: FoundPage): ServerFrames['search_results'] {
  return {
    results: results.map(({ message, roomName, highlights, inFiles }) => ({
      message: toMessagePayload(message),
      room: { id: message.roomId, name: roomName },
      highlights,
      ...(inFiles.length === 0 ? {} : { inFiles }),
    })),
    ...(total === undefined ? {} : { total }),
    ...(cursor === undefined ? {} : { cursor }),
    ...(isIncomplete ? { incomplete: true } : {}),
    ...(unknown.length === 0 ? {} : { unknown }),
  };
}
