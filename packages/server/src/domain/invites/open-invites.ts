/** Links that let people in: the feature, opened on the core. */

import type { Core } from '../core/core.ts';
import type { JoinGroupDependencies } from '../invitations/join-group.ts';
import { Invites } from './invites.ts';

export function openInvites(
  core: Core,
  {
    attempts,
    firstOwner,
  }: Pick<ConstructorParameters<typeof Invites>[0], 'attempts' | 'firstOwner'>,
  { conversations }: Pick<JoinGroupDependencies, 'conversations'>,
) {
  const invites = new Invites({ ...core, attempts, firstOwner, conversations });
  return { services: { invites: core.reads.limit(invites, { list: () => 1, listAll: () => 2 }) } };
}
