/** Links that let people in: the feature, opened on the core. */

import type { Core } from '../core/core.ts';
import type { AddRoomMemberDependencies } from '../invitations/add-room-member.ts';
import { Invites } from './invites.ts';

export function openInvites(
  core: Core,
  {
    attempts,
    firstOwner,
    hasMail,
  }: Pick<ConstructorParameters<typeof Invites>[0], 'attempts' | 'firstOwner' | 'hasMail'>,
  { conversations }: Pick<AddRoomMemberDependencies, 'conversations'>,
  { unreadNotifier }: Pick<AddRoomMemberDependencies, 'unreadNotifier'>,
) {
  const invites = new Invites({
    ...{ ...core, attempts, firstOwner, hasMail, conversations, unreadNotifier },
  });
  return { services: { invites: core.reads.limit(invites, { list: () => 1, listAll: () => 2 }) } };
}
