/** Texts of the activity, outside of the first load. */
export const activityStrings = {
  loading: 'Loading activity',
  loadingOlder: 'Loading older activity',
  failed: 'The activity could not be loaded.',
  none: 'Mentions, replies, reactions and invitations appear here.',
  kinds: {
    mention: 'mentioned you in',
    reply: 'replied in a thread in',
    reaction: 'reacted to your message in',
    invitation: 'invites you to',
  },
  unread: 'Unread',
  accept: 'Accept',
  acceptOf: (name: string) => `Accept the invitation to ${name}`,
  decline: 'Decline',
  declineAllOf: (name: string) => `Decline all from ${name} and block`,
  declineAllSure: 'Decline all, leave their groups, and block?',
  declineOf: (name: string) => `Decline the invitation to ${name}`,
} as const;
