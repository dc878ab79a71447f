/** Whether a text mentions a user, by the server's rules. Pure. */
import { findMentions } from '@parley/protocol';

export function mentions(text: string, username: string): boolean {
  const { everyone, names } = findMentions(text);
  return everyone || names.includes(username.toLowerCase());
}
