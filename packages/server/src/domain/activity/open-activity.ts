/** The activity of a user's rooms: the feature, opened on the core. */

import type { Core } from '../core/core.ts';
import type { RoomsFeature } from '../rooms/open-rooms.ts';
import type { UserGroupsFeature } from '../user-groups/open-user-groups.ts';
import { Activity } from './activity.ts';

export function openActivity(
  core: Core,
  { displayNames }: RoomsFeature,
  { userGroups }: UserGroupsFeature,
) {
  const activity = new Activity({ ...core, displayNames, userGroups });
  // A page searches the events of many rooms.
  return { services: { activity: core.reads.limit(activity, { list: () => 20 }) } };
}
