/** The search of messages: the feature, opened on the core. */
import { stemsIn } from '../../model/stems.ts';
import type { Core } from '../core/core.ts';
import type { RoomsFeature } from '../rooms/open-rooms.ts';
import { MessageIndex } from './message-index.ts';
import { MessageSearch } from './message-search.ts';

export function openSearch(core: Core, { displayNames }: RoomsFeature) {
  const { events, reads } = core;
  const index = new MessageIndex(core);
  const stemsOf = stemsIn(core.settings.searchLanguages);
  const search = new MessageSearch({ ...core, displayNames, index, stemsOf });

  events.on('beginning', 'search', () => index.begin());
  events.on('stored', 'search', ({ kind }, _author, committedBy) => {
    if (committedBy === 'own' && (kind === 'message' || kind === 'edit')) index.noteStored();
  });
  events.on('closing', 'search', () => index.close());

  // A page may read some hundred messages.
  return { services: { messageSearch: reads.limit(search, { search: () => 4 }) } };
}
