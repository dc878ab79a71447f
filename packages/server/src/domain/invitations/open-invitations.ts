/** Adding users to rooms, and invitations to those who are asked first: the feature, opened on the core. */

import type { User } from '../../model/user.ts';
import type { AccountsFeature } from '../accounts/open-accounts.ts';
import type { BlocksFeature } from '../blocks/open-blocks.ts';
import type { Core } from '../core/core.ts';
import type { RoomsFeature } from '../rooms/open-rooms.ts';
import type { AddRoomMemberDependencies } from './add-room-member.ts';
import { findPrivacy, type Privacy, setPrivacy } from './privacy.ts';
import { ReceivedInvitationCommands } from './received-invitation-commands.ts';
import { RoomMembers } from './room-members.ts';

export function openInvitations(
  core: Core,
  { memberships, roomSettings, unreadNotifier }: RoomsFeature,
  { conversations }: Pick<AddRoomMemberDependencies, 'conversations'>,
  { blocks }: BlocksFeature,
  { profiles }: Pick<AccountsFeature, 'profiles'>,
) {
  const base = { ...core, conversations, unreadNotifier };
  const invitations = new ReceivedInvitationCommands({ ...base, memberships, blocks });
  return {
    services: {
      privacy: {
        find: (user: User) => findPrivacy(core, user),
        set: (user: User, change: Partial<Privacy>) =>
          setPrivacy({ ...core, profiles }, user, change),
      },
      invitations: core.reads.limit(invitations, { list: () => 2 }),
      roomMembers: new RoomMembers({ ...base, roomSettings }),
    },
  };
}
