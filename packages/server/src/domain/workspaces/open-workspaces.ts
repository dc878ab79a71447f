/** Workspaces, their members and their channels: the feature, opened on the core. */

import type { Core } from '../core/core.ts';
import { pagesOf } from '../core/user-reads.ts';
import type { AddRoomMemberDependencies } from '../invitations/add-room-member.ts';
import { retryWhileUnavailable } from '../primitives/retry-while-unavailable.ts';
import type { RoomsFeature } from '../rooms/open-rooms.ts';
import { Channels } from './channels.ts';
import { StrayMemberships } from './stray-memberships.ts';
import { WorkspaceMembers } from './workspace-members.ts';
import { Workspaces } from './workspaces.ts';

export function openWorkspaces(
  core: Core,
  { memberships, roomSettings, unreadNotifier }: RoomsFeature,
  { conversations }: Pick<AddRoomMemberDependencies, 'conversations'>,
) {
  const { clock, events, reads } = core;
  const workspaces = new Workspaces(core);
  const strayMemberships = new StrayMemberships({ ...core, memberships });

  events.on('beginning', 'stray memberships', () =>
    retryWhileUnavailable(clock, () => strayMemberships.begin()),
  );
  events.on('closing', 'workspaces', () => strayMemberships.close());

  return {
    services: {
      workspaces: reads.limit(workspaces, { list: () => 2 }),
      workspaceMembers: reads.limit(
        new WorkspaceMembers({
          ...{ ...core, workspaces, strayMemberships, conversations, unreadNotifier },
        }),
        { list: (_user, page) => pagesOf(page) },
      ),
      channels: reads.limit(new Channels({ ...core, workspaces, roomSettings }), { list: () => 4 }),
    },
  };
}
