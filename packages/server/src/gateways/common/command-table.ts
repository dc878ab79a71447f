/** Commands by name: the schema of that name validates the payload, then the command runs. */
import { type CommandName, isForTokens, COMMANDS as NATIVE } from '@parley/protocol/commands';
import { requireFullSession } from '../../domain/accounts/full-session.ts';
import type { Chat } from '../../domain/chat.ts';
import type { ConnectionContext } from './codec.ts';
import { withRoomIds } from './room-fields.ts';

/** If a command returns a promise, the next command of the connection starts when it resolves. */
export type CommandTable<CommandContext, Payloads> = {
  readonly [N in keyof Payloads]: (
    context: CommandContext,
    payload: Payloads[N],
  ) => void | Promise<void>;
};

type Run<CommandContext> = (
  context: CommandContext,
  name: string,
  payload: unknown,
) => void | Promise<void>;

/**
 * The native commands that permit those of a dialect to clients with a token of `POST /api/tokens`;
 * one that is not named needs the session of a login.
 */
export type CommandsForTokens<Payloads> = { readonly [N in keyof Payloads]?: CommandName };

/**
 * @param decode Throws for an unknown name and for a payload that does not match the schema.
 * @returns a function that runs a command. It throws {ChatError} UNKNOWN_TYPE, VALIDATION_ERROR, and what the command throws.
 */
export function commandRunner<
  CommandContext extends Pick<ConnectionContext, 'connection'> & {
    readonly chat: Pick<Chat, 'roomIds'>;
  },
  Payloads,
>(
  decode: <N extends keyof Payloads & string>(name: N, payload: unknown) => Payloads[N],
  commands: CommandTable<CommandContext, Payloads>,
  forTokens: CommandsForTokens<Payloads>,
): Run<CommandContext> {
  return (context, name, payload) => {
    // The name may be any text; `decode` rejects unknown names.
    const known = name as keyof Payloads & string;
    const input = decode(known, payload);
    const native = forTokens[known];
    const isPermitted = native !== undefined && isForTokens(NATIVE[native], input);
    if (!isPermitted) requireFullSession(context.connection);
    const decoded = withRoomIds(context, name, input);
    if (decoded instanceof Promise) return decoded.then((found) => commands[known](context, found));
    return commands[known](context, decoded);
  };
}
