/** Whether a text mentions a user, by the server's rules. */

let grammar: typeof import('./mention-grammar.ts') | undefined;

const loadGrammar = (): Promise<void> =>
  import('./mention-grammar.ts').then(
    (loaded) => {
      grammar = loaded;
    },
    () => {},
  );

/** Ends when the grammar is there. If that fails, it is loaded with the next text that needs it. */
export const mentionGrammar: Promise<void> = loadGrammar();

/** Until the grammar is there, each `@` with the name counts. */
export function mentions(text: string, username: string): boolean {
  const names = [username, 'everyone'];
  const lower = text.toLowerCase();
  if (!names.some((name) => lower.includes(`@${name.toLowerCase()}`))) return false;
  if (grammar === undefined) void loadGrammar();
  return grammar?.mentionsOneOf(text, names) ?? true;
}
