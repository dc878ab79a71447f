/** The search of messages: the feature, opened on the core. */
import type { Core } from '../core/core.ts';
import type { RoomsFeature } from '../rooms/open-rooms.ts';
import { IndexUpkeep } from './index-upkeep.ts';
import { MessageSearch } from './message-search.ts';

export function openSearch(core: Core, { displayNames }: RoomsFeature) {
  const { events, reads } = core;
  const search = new MessageSearch({ ...core, displayNames });
  const upkeep = new IndexUpkeep(core);

  events.on('beginning', 'search', () => upkeep.begin());
  events.on('closing', 'search', () => upkeep.close());

  // A page may read some hundred messages.
  return { services: { messageSearch: reads.limit(search, { search: () => 4 }) } };
}
