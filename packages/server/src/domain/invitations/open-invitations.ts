/** Invitations to groups and workspaces: the feature, opened on the core. */

import type { BlocksFeature } from '../blocks/open-blocks.ts';
import type { Core } from '../core/core.ts';
import type { RoomsFeature } from '../rooms/open-rooms.ts';
import { InvitationPrivacySettings } from './invitation-privacy.ts';
import type { JoinGroupDependencies } from './join-group.ts';
import { ReceivedInvitationCommands } from './received-invitation-commands.ts';

export function openInvitations(
  core: Core,
  { memberships, membershipAnnouncer }: RoomsFeature,
  { conversations }: Pick<JoinGroupDependencies, 'conversations'>,
  { blocks }: BlocksFeature,
) {
  const invitations = new ReceivedInvitationCommands({
    ...{ ...core, conversations, memberships, blocks, membershipAnnouncer },
  });
  return {
    services: {
      invitationPrivacy: new InvitationPrivacySettings(core),
      invitations: core.reads.limit(invitations, { list: () => 2 }),
    },
  };
}
