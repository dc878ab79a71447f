/** Workspaces, their members and their channels: the feature, opened on the core. */

import type { Core } from '../core/core.ts';
import { pagesOf } from '../core/user-reads.ts';
import type { FilesFeature } from '../files/open-files.ts';
import type { AddRoomMemberDependencies } from '../invitations/add-room-member.ts';
import { retryWhileUnavailable } from '../primitives/retry-while-unavailable.ts';
import type { RoomsFeature } from '../rooms/open-rooms.ts';
import { Channels } from './channels.ts';
import { StrayMemberships } from './stray-memberships.ts';
import { WorkspaceMembers } from './workspace-members.ts';
import { WorkspaceNews } from './workspace-news.ts';
import { Workspaces } from './workspaces.ts';

export function openWorkspaces(
  core: Core,
  { services: { uploads } }: Pick<FilesFeature, 'services'>,
  { memberships, roomSettings, unreadNotifier }: RoomsFeature,
  { conversations }: Pick<AddRoomMemberDependencies, 'conversations'>,
) {
  const { background, clock, events, nodes, reads } = core;
  const news = new WorkspaceNews(core);
  const workspaces = new Workspaces({ ...core, news, uploads });
  const strayMemberships = new StrayMemberships({ ...core, memberships });

  events.on('beginning', 'stray memberships', () =>
    retryWhileUnavailable(clock, () => strayMemberships.begin()),
  );
  let unlisten: (() => void) | undefined;
  events.on('beginning', 'workspaces', async () => {
    if (!nodes.isShared) return;
    unlisten = await nodes.listen({
      workspace: ({ workspace }) => background.run(news.show(workspace)),
    });
  });
  events.on('closing', 'workspaces', () => {
    unlisten?.();
    strayMemberships.close();
  });

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
