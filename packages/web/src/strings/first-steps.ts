/** Texts of the first steps of an owner, outside of the first load. */
export const firstStepStrings = Object.freeze({
  title: 'First steps',
  steps: {
    name: 'Name your server',
    invite: 'Invite people',
    write: 'Write the first message',
  },
  done: 'Done:',
  dismiss: 'Dismiss',
});
