/** Groups of users: the feature, opened on the core. */
import type { Core } from '../core/core.ts';
import { repeated } from '../primitives/repeated.ts';
import { UserGroups } from './user-groups.ts';

/** Repairs what the bus has lost. */
const REFRESH_MS = 30_000;

export function openUserGroups(core: Core) {
  const { background, events, nodes, reads } = core;
  const userGroups = new UserGroups(core);
  const refreshing = repeated(core, REFRESH_MS, () => userGroups.refresh());
  let unlisten: (() => void) | undefined;
  events.on('beginning', 'user groups', async () => {
    if (nodes.isShared) {
      unlisten = await nodes.listen({
        'user-groups': ({ userIds }) => background.run(userGroups.show(userIds)),
      });
    }
    await userGroups.refresh();
    refreshing.beginLater();
  });
  events.on('closing', 'user groups', () => {
    unlisten?.();
    refreshing.close();
  });
  return {
    userGroups,
    services: {
      userGroups: reads.limit(userGroups, { list: () => 1, listMembers: () => 1 }),
    },
  };
}

export type UserGroupsFeature = ReturnType<typeof openUserGroups>;
