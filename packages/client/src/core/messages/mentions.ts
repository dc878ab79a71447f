/** Whether a text mentions a user, by name or in a group, by the server's rules. */
import type { SelfPayload } from '@parley/protocol';

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

/** Until the grammar is there, each `@` with a name counts. */
export function mentions(
  text: string,
  { username, groups = [] }: Pick<SelfPayload, 'username' | 'groups'>,
): boolean {
  const names = [username, 'everyone', 'room', 'here', ...groups];
  const lower = text.toLowerCase();
  if (!names.some((name) => lower.includes(`@${name.toLowerCase()}`))) return false;
  if (grammar) return grammar.mentionsOneOf(text, names);
  void loadGrammar();
  return true;
}
