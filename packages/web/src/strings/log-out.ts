/** Texts of the question before a logout, outside of the first load. */
import { count } from './strings.ts';

export const logOutStrings = {
  nothing: {
    title: 'Log out?',
    text: () => 'You need your password to log in again.',
    confirm: 'Log out',
  },
  unsent: {
    title: 'Log out and delete what you have not sent?',
    text: ({ drafts, messages }: { readonly drafts: number; readonly messages: number }) => {
      const parts = [
        ...(messages > 0 ? [count(messages, 'unsent message')] : []),
        ...(drafts > 0 ? [count(drafts, 'draft')] : []),
      ];
      return `You have ${parts.join(' and ')}. Logging out deletes this from the browser.`;
    },
    confirm: 'Log out and delete',
  },
  failed: 'You are still logged in, because the server cannot be reached. Try again in a moment.',
} as const;
