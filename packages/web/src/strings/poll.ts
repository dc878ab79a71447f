/** Texts of polls, outside of the first load. */
export const pollStrings = {
  create: 'Create a poll',
  text: 'Everyone in the room can vote and see who voted. You and moderators can close it.',
  question: 'Question',
  option: (number: number) => `Option ${number}`,
  addOption: 'Add option',
  multiple: 'Several options can be chosen',
  ends: 'Ends',
  times: { never: 'No end', hour: 'Ends in 1 hour', day: '1 day', week: '1 week' },
  submit: 'Create poll',
  tooFew: 'Write a question and at least two different options.',
  poll: 'Poll',
  voteUnit,
  votes,
  chooseOne: 'Choose one',
  chooseSeveral: 'Choose any',
  endsAt: (time: string) => `Ends ${time}`,
  closed: 'Closed',
  close: 'Close poll',
  reopen: 'Open poll again',
} as const;

function voteUnit(n: number): string {
  return n === 1 ? 'vote' : 'votes';
}

function votes(n: number): string {
  return `${n} ${voteUnit(n)}`;
}
