/** Invitations to groups and workspaces: the feature, opened on the core. */

import type { User } from '../../model/user.ts';
import type { BlocksFeature } from '../blocks/open-blocks.ts';
import type { Core } from '../core/core.ts';
import type { RoomsFeature } from '../rooms/open-rooms.ts';
import {
  findInvitationPrivacy,
  type InvitationPrivacy,
  setInvitationPrivacy,
} from './invitation-privacy.ts';
import type { JoinGroupDependencies } from './join-group.ts';
import { ReceivedInvitationCommands } from './received-invitation-commands.ts';

export function openInvitations(
  core: Core,
  { memberships }: RoomsFeature,
  { conversations }: Pick<JoinGroupDependencies, 'conversations'>,
  { blocks }: BlocksFeature,
) {
  const invitations = new ReceivedInvitationCommands({
    ...{ ...core, conversations, memberships, blocks },
  });
  return {
    services: {
      invitationPrivacy: {
        find: (user: User) => findInvitationPrivacy(core, user),
        set: (user: User, choice: InvitationPrivacy) => setInvitationPrivacy(core, user, choice),
      },
      invitations: core.reads.limit(invitations, { list: () => 2 }),
    },
  };
}
