/**
 * Frames that a client may send in the native dialect: the payload of each, as the table of commands
 * declares it. Unknown fields are ignored, so that newer clients work with older servers, except other
 * names of known ones (`misnamed.ts`).
 */
import { COMMANDS, type CommandInput, type CommandName } from './commands.ts';
import { INPUT_TYPES } from './input-types.ts';

type Schemas = { readonly [T in CommandName]: ReturnType<(typeof COMMANDS)[T]['input']> };

// The entries keep their names.
export const CLIENT_FRAMES = Object.fromEntries(
  Object.entries(COMMANDS).map(([name, { input }]) => [name, input(INPUT_TYPES)]),
) as unknown as Schemas;

export type ClientFrameType = CommandName;
export type ClientPayload<T extends ClientFrameType> = CommandInput<T>;

/** A decoded frame: its type determines its payload. */
export type ClientFrame = {
  readonly [T in ClientFrameType]: {
    readonly type: T;
    readonly payload: ClientPayload<T>;
    readonly id?: string;
  };
}[ClientFrameType];
