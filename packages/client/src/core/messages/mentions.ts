/** Whether a text mentions somebody, as the server counts it. Pure. */
import { findMentions } from '@parley/protocol';

export function mentions(text: string, username: string): boolean {
  const { everyone, names } = findMentions(text);
  return everyone || names.includes(username.toLowerCase());
}
