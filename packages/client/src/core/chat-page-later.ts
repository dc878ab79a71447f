/** Parts of the page's client that load right after its first part. */
export { FirstDirectMessage } from './messages/first-direct-message.ts';
export { MessageChanges } from './rooms/message-changes.ts';
