/** Links that let people in: the feature, opened on the core. */

import type { Core } from '../core/core.ts';
import type { AddRoomMemberDependencies } from '../invitations/add-room-member.ts';
import { Invites } from './invites.ts';

export function openInvites(
  core: Core,
  {
    attempts,
    firstOwner,
  }: Pick<ConstructorParameters<typeof Invites>[0], 'attempts' | 'firstOwner'>,
  { conversations }: Pick<AddRoomMemberDependencies, 'conversations'>,
  { unreadNotifier }: Pick<AddRoomMemberDependencies, 'unreadNotifier'>,
) {
  const invites = new Invites({
    ...{ ...core, attempts, firstOwner, conversations, unreadNotifier },
  });
  return { services: { invites: core.reads.limit(invites, { list: () => 1, listAll: () => 2 }) } };
}
