/**
 * Flags of messages, which members set and remove with logged commands. A command has the name of
 * its event; a deletion removes all flags.
 */

/** The flags of a new message. */
export const NO_FLAGS = Object.freeze({ isPinned: false });

export type MessageFlag = keyof typeof NO_FLAGS;
export type MessageFlags = Readonly<Record<MessageFlag, boolean>>;

/** A flag that is set or removed. */
export interface FlagChange {
  readonly flag: MessageFlag;
  readonly value: boolean;
}

/** The change of each command. */
export const FLAG_COMMANDS = Object.freeze({
  pin: { flag: 'isPinned', value: true },
  unpin: { flag: 'isPinned', value: false },
} as const) satisfies Readonly<Record<string, FlagChange>>;

export type FlagCommand = keyof typeof FLAG_COMMANDS;

export function isFlagCommand(kind: string): kind is FlagCommand {
  return Object.hasOwn(FLAG_COMMANDS, kind);
}
