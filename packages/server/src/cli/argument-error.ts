/** Describes invalid command-line arguments. */

/** Returns the message without its full stop; undefined if `parseArgs` did not throw the error. */
export function argumentErrorOf(error: unknown): string | undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string' || !code.startsWith('ERR_PARSE_ARGS')) return undefined;
  // Node continues with advice on arguments that begin with a dash, which does not apply here.
  return message.split(/\. |\n/, 1)[0]?.replace(/\.$/, '');
}
