/** Whether a text mentions a user, by the server's rules. Pure. */
import { mentionsOneOf } from '@parley/protocol';

export function mentions(text: string, username: string): boolean {
  return mentionsOneOf(text, [username, 'everyone']);
}
