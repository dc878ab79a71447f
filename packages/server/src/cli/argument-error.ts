/** What is wrong with the arguments of a command. */

/** Without the full stop; undefined for an error that `parseArgs` did not throw. */
export function argumentErrorOf(error: unknown): string | undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string' || !code.startsWith('ERR_PARSE_ARGS')) return undefined;
  // What Node says next is how to write arguments that begin with a dash, which nobody has meant.
  return message.split(/\. |\n/, 1)[0]?.replace(/\.$/, '');
}
