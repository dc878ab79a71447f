/** What a client may ask, by name: its payload is checked by the schema of that name, then its command runs. */

/** The next command of a connection begins when this one's promise, if it gives one, resolves. */
export type CommandTable<CommandContext, Payloads> = {
  readonly [N in keyof Payloads]: (
    caller: CommandContext,
    payload: Payloads[N],
  ) => void | Promise<void>;
};

type Run<CommandContext> = (
  caller: CommandContext,
  name: string,
  payload: unknown,
) => void | Promise<void>;

/**
 * @param decode Throws for a name that there is not, and for a payload that is not what the name asks for.
 * @returns what runs a command; it throws {ChatError} UNKNOWN_TYPE, VALIDATION_ERROR, and what the command throws.
 */
export function commandRunner<CommandContext, Payloads>(
  decode: <N extends keyof Payloads & string>(name: N, payload: unknown) => Payloads[N],
  commands: CommandTable<CommandContext, Payloads>,
): Run<CommandContext> {
  return (caller, name, payload) => {
    // Any text: only names that there are get past `decode`.
    const known = name as keyof Payloads & string;
    const decoded = decode(known, payload);
    return commands[known](caller, decoded);
  };
}
