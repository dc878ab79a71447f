/** Which messages are polls, in the first load: the rest of polls is loaded with the conversation. */
import type { TimelineMessage } from '@parley/client';

export function isPoll({ attachments }: Pick<TimelineMessage, 'attachments'>): boolean {
  return attachments.some((each) => (each as { readonly type?: unknown }).type === 'poll');
}

/** Votes, and what closes a poll: they are shown in it. */
export const POLL_REACTION = /^(\d\ufe0f\u20e3|🔟|🔒)$/u;
