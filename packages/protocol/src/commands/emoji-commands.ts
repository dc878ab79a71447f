/** Commands about the custom emoji of the server. `PUT /api/emoji/:name` uploads them. */
import { command } from './command.ts';

export const EMOJI_COMMANDS = {
  get_custom_emoji: command({
    summary: 'Lists the custom emoji of the server, by name.',
    reply:
      '`custom_emoji_list {emoji: [{name, url, userId, createdAt}]}`, all of them. The address changes with the picture; `userId` has added it. Texts and reactions have them as `:name:`',
    others: '',
    tier: 'stable',
    limit: 'reads',
    answer: 'custom_emoji_list',
    input: (t) => t.Object({}),
    example: {},
    http: { kind: 'derived', route: 'GET /api/emoji', operation: 'listCustomEmoji' },
  }),
  delete_custom_emoji: command({
    summary: 'Deletes a custom emoji, for owners and admins of the server.',
    reply:
      '`custom_emoji_deleted {name}`. Texts and reactions keep `:name:`, and the name is free at once',
    others: '`custom_emoji_changed {removed: name}` to all users',
    tier: 'stable',
    limit: 'changes',
    audited: ['emoji.delete'],
    answer: 'custom_emoji_deleted',
    input: (t) => t.Object({ name: t.String() }),
    example: { name: 'party-parrot' },
    http: { kind: 'derived', route: 'DELETE /api/emoji/:name', operation: 'deleteCustomEmoji' },
  }),
};
