/** Adding users to rooms, and invitations to those who are asked first: the feature, opened on the core. */

import type { User } from '../../model/user.ts';
import type { BlocksFeature } from '../blocks/open-blocks.ts';
import type { Core } from '../core/core.ts';
import type { RoomsFeature } from '../rooms/open-rooms.ts';
import type { AddRoomMemberDependencies } from './add-room-member.ts';
import {
  findInvitationPrivacy,
  type InvitationPrivacy,
  setInvitationPrivacy,
} from './invitation-privacy.ts';
import { ReceivedInvitationCommands } from './received-invitation-commands.ts';
import { RoomMembers } from './room-members.ts';

export function openInvitations(
  core: Core,
  { memberships, roomSettings, unreadNotifier }: RoomsFeature,
  { conversations }: Pick<AddRoomMemberDependencies, 'conversations'>,
  { blocks }: BlocksFeature,
) {
  const base = { ...core, conversations, unreadNotifier };
  const invitations = new ReceivedInvitationCommands({ ...base, memberships, blocks });
  return {
    services: {
      invitationPrivacy: {
        find: (user: User) => findInvitationPrivacy(core, user),
        set: (user: User, choice: InvitationPrivacy) => setInvitationPrivacy(core, user, choice),
      },
      invitations: core.reads.limit(invitations, { list: () => 2 }),
      roomMembers: new RoomMembers({ ...base, roomSettings }),
    },
  };
}
