/**
 * All commands of the native dialect. Validators, types, routes, both API descriptions, tables of the
 * reference and tables of tests come from these entries.
 */
import type { Static } from 'typebox';
import { EMOJI_COMMANDS } from './emoji-commands.ts';
import { MESSAGE_COMMANDS } from './message-commands.ts';
import { ROOM_COMMANDS } from './room-commands.ts';
import { USER_COMMANDS } from './user-commands.ts';
import { USER_GROUP_COMMANDS } from './user-group-commands.ts';

export {
  type CommandEntry,
  EXAMPLE_IDS,
  isForTokens,
  type LimitClass,
  needsProof,
  type ProofNeed,
} from './command.ts';
export {
  ACCOUNT_NOTICE,
  type FieldOf,
  FRAME_FIELDS,
  MODERATION_WARNING,
  WIRE_RECORDS,
  WIRE_UNIONS,
} from './records.ts';

export const COMMANDS = Object.freeze({
  ...MESSAGE_COMMANDS,
  ...ROOM_COMMANDS,
  ...USER_GROUP_COMMANDS,
  ...EMOJI_COMMANDS,
  ...USER_COMMANDS,
});

type Commands = typeof COMMANDS;

export type CommandName = keyof Commands;
export type CommandInput<T extends CommandName> = Static<ReturnType<Commands[T]['input']>>;
/** Type of the frame that answers a command; undefined if there is none. */
export type CommandAnswer<T extends CommandName> = Commands[T]['answer'];

/** Commands that a derived route reaches: they need no connection. */
export type RoutedCommand = {
  [T in CommandName]: Commands[T] extends { readonly http: { readonly kind: 'derived' } }
    ? T
    : never;
}[CommandName];
