/** Declines all invitations of one user: the same fields in frames and bodies. */
import Type from 'typebox';
import { WireId } from './wire-id.ts';

export const DeclineAll = Type.Object({
  inviterId: WireId,
  /** Blocks the user too: later invitations stay hidden. */
  block: Type.Optional(Type.Boolean()),
  /** Leaves all groups that the user has created. */
  leaveGroups: Type.Optional(Type.Boolean()),
});
