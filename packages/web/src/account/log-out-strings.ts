/** Texts of the question before a logout, outside of the first load. */
import type { Unsent } from './unsent.ts';

export const logOutStrings = {
  title: 'Log out and delete what you have not sent?',
  text: ({ drafts, messages }: Unsent) => {
    const parts = [
      ...(messages > 0 ? [`${messages} unsent ${messages === 1 ? 'message' : 'messages'}`] : []),
      ...(drafts > 0 ? [`${drafts} ${drafts === 1 ? 'draft' : 'drafts'}`] : []),
    ];
    return `You have ${parts.join(' and ')}. Logging out deletes this from the browser.`;
  },
  cancel: 'Stay logged in',
  confirm: 'Log out and delete',
} as const;
