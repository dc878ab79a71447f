/** The people, rooms and messages of `parley start --demo`. */

interface DemoPerson {
  readonly username: string;
  readonly displayName: string;
}

interface DemoRoom {
  readonly name: string;
  readonly topic: string;
  readonly posting?: 'moderators';
  readonly isDefault?: true;
  readonly messages: readonly DemoMessage[];
}

export interface DemoMessage {
  readonly from: string;
  readonly text: string;
  readonly replies?: readonly DemoMessage[];
  /** Emoji, and the usernames of those who reacted with it. */
  readonly reactions?: Readonly<Record<string, readonly string[]>>;
  readonly isPinned?: true;
}

/** The first one becomes the owner of the server. */
export const DEMO_PEOPLE: readonly [DemoPerson, ...DemoPerson[]] = [
  { username: 'maya', displayName: 'Maya Lindqvist' },
  { username: 'tomas', displayName: 'Tomás Herrera' },
  { username: 'aiko', displayName: 'Aiko Tanaka' },
  { username: 'samira', displayName: 'Samira Haddad' },
  { username: 'jonas', displayName: 'Jonas Weber' },
  { username: 'priya', displayName: 'Priya Nair' },
  { username: 'leo', displayName: 'Leo Martin' },
  { username: 'grace', displayName: 'Grace Okafor' },
];

export const DEMO_ROOMS: readonly DemoRoom[] = [
  {
    name: 'general',
    topic: 'Everything that concerns all of us',
    isDefault: true,
    messages: [
      {
        from: 'maya',
        text: 'Good morning! This is our new chat. **General** is for everybody; there is a room for each team, and you can open more.',
        reactions: { '👋': ['tomas', 'aiko', 'samira', 'leo'], '🎉': ['priya', 'grace'] },
        isPinned: true,
      },
      { from: 'tomas', text: 'Hello from Sevilla. It is 34 degrees here already.' },
      {
        from: 'aiko',
        text: 'おはようございます! Osaka says hello.',
        reactions: { '🌸': ['maya', 'jonas'] },
      },
      {
        from: 'jonas',
        text: 'Who takes part in the planning on Thursday? @priya @samira',
        replies: [
          { from: 'priya', text: 'I do. Can we begin at 10:30? The train arrives at 10:12.' },
          { from: 'samira', text: 'Me too, 10:30 is fine.' },
          {
            from: 'jonas',
            text: 'Then 10:30 it is, in the large room.',
            reactions: { '👍': ['priya', 'samira'] },
          },
        ],
      },
      {
        from: 'grace',
        text: 'The coffee machine on the second floor works again. There was milk in the water tank.',
        reactions: { '😂': ['maya', 'tomas', 'leo', 'jonas'], '☕': ['aiko'] },
      },
    ],
  },
  {
    name: 'announcements',
    topic: 'News from the people who run this place',
    posting: 'moderators',
    messages: [
      {
        from: 'maya',
        text: 'The office is closed on **Friday, 4 December**: the heating is being replaced. Please work from home.',
        reactions: { '✅': ['tomas', 'priya', 'grace'] },
      },
    ],
  },
  {
    name: 'engineering',
    topic: 'Version 4.2 · code freeze on Wednesday',
    messages: [
      {
        from: 'priya',
        text: 'The nightly build is red since 02:14. First failing test: `parser/deep-nesting`.',
      },
      {
        from: 'leo',
        text: "That was me. The limit counts brackets inside of strings as well:\n\n```ts\nfor (const character of text) {\n  if (character === '[') depth += 1;\n  if (depth > DEPTH_MAX) throw new RangeError('nested too deep');\n}\n```\n\nA fix is in review.",
        replies: [
          { from: 'priya', text: 'Reviewed. One question about escaped quotes, otherwise good.' },
          { from: 'leo', text: 'Good catch, they were wrong too. Test added.' },
        ],
        reactions: { '🙏': ['priya'] },
      },
      {
        from: 'priya',
        text: 'Green again, 11 minutes.',
        reactions: { '🟢': ['leo', 'jonas', 'aiko'] },
      },
      {
        from: 'jonas',
        text: 'Checklist for the release:\n\n- changelog\n- migration tested with a copy of the data\n- notes for support, see #support',
        isPinned: true,
      },
    ],
  },
  {
    name: 'design',
    topic: 'Screens, words and colours',
    messages: [
      {
        from: 'aiko',
        text: 'I have simplified the settings: five sections instead of eleven. Is anything missing?',
      },
      { from: 'samira', text: 'Nothing so far. The dark theme needs a lighter border, though.' },
      {
        from: 'aiko',
        text: 'Done, contrast is 4.7 to 1 now.',
        reactions: { '✨': ['samira', 'maya'] },
      },
    ],
  },
  {
    name: 'support',
    topic: 'Questions of customers, and who answers them',
    messages: [
      {
        from: 'samira',
        text: 'A school in Lyon reports that exports with more than 10,000 rows stop at 99 %. @leo do you know this?',
        replies: [
          {
            from: 'leo',
            text: 'The last page is requested twice, and the second answer is empty. I take it.',
          },
        ],
      },
      {
        from: 'grace',
        text: '> Thank you, that was the fastest answer I have ever had.\n\nFrom the customer of this morning. Well done, Samira!',
        reactions: { '❤️': ['samira', 'maya', 'tomas', 'aiko'] },
      },
    ],
  },
  {
    name: 'random',
    topic: 'Lunch, music, cats',
    messages: [
      { from: 'tomas', text: 'Lunch at 12:15? The new Lebanese place has opened.' },
      { from: 'samira', text: 'Finally! Count me in.', reactions: { '🧆': ['tomas', 'grace'] } },
      { from: 'leo', text: '🐈' },
    ],
  },
];

/** To the owner, each from another person. */
export const DEMO_DIRECT_MESSAGES: readonly { readonly from: string; readonly text: string }[] = [
  {
    from: 'tomas',
    text: 'Do you have ten minutes after lunch? It is about the offer for the museum.',
  },
  { from: 'grace', text: 'The plan for December is in the folder. Two shifts are still free.' },
];
