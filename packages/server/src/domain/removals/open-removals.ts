/** Removals of what users have left behind: the feature, opened on the core. */
import type { Core } from '../core/core.ts';
import type { RoomsFeature } from '../rooms/open-rooms.ts';
import { removeInSteps } from './removals.ts';

export function openRemovals(core: Core, { memberships }: Pick<RoomsFeature, 'memberships'>): void {
  const removals = removeInSteps({ ...core, memberships });
  core.events.on('beginning', 'removals', removals.begin);
  core.events.on('closing', 'removals', removals.close);
}
