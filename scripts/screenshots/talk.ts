/** A workday of a small company, as content for pictures of the page. */

export interface Line {
  /** Index among all lines that later lines refer to. */
  readonly who: string;
  readonly text: string;
  /** Emoji and the users who react with it. */
  readonly reactions?: Readonly<Record<string, readonly string[]>>;
  /** Replies in the thread of this line. */
  readonly replies?: readonly Line[];
  readonly isPinned?: true;
  /** The text before the author edited it. */
  readonly before?: string;
}

export const USERS: readonly string[] = [
  'ines',
  'jun-mori',
  'marie-louise',
  'tobias',
  'priya',
  'sofia',
  'kai',
  'deploys',
  'amara',
  'noor',
  'lukas',
  'yuki',
  'oliver',
  'fatima',
  'mateusz',
  'chiara',
  'henrik',
  'aisha',
  'diego',
  'leonie',
  'sven',
  'camille',
  'ravi',
  'hana',
  'elif',
  'bjorn',
  'zoe',
  'moshe',
  'anouk',
  'pavel',
  'grace',
  'tariq',
  'lena',
  'otto',
  'mei',
  'samuel',
  'ingrid',
  'joao',
  'petra',
  'wanjiru',
];

/** Names that differ from the usernames. */
export const NAMES: Readonly<Record<string, string>> = {
  ines: 'Ines Nowak',
  'jun-mori': 'Jun Mori',
  'marie-louise': 'Marie-Louise Okonkwo-Bergström',
  tobias: 'Tobias Brandt',
  priya: 'Priya Raman',
  sofia: 'Sofia Lindqvist',
  kai: 'Kai Anders',
  amara: 'Amara Diallo',
  noor: 'نور الهاشمي',
  lukas: 'Lukas Weber',
  henrik: 'Henrik Dahl',
};

export const ROOMS: readonly string[] = [
  'general',
  'accessibility',
  'customer-success-emea-and-north-america',
  'data-platform',
  'design-reviews',
  'hiring',
  'lunch',
  'on-call',
  'press',
  'release-2026-12',
];

const CODE = [
  '```ts',
  'export function roomRows({ directory, rooms }: Input): Rows {',
  "  return directory.filter(({ kind }) => kind === 'room');",
  '}',
  '```',
].join('\n');

export const GENERAL: readonly Line[] = [
  { who: 'amara', text: 'Good morning. The **release notes** for Thursday are in the wiki.' },
  { who: 'amara', text: 'Please add what is missing before noon.', reactions: { '👍': ['kai'] } },
  {
    who: 'lukas',
    text: 'Two things are open:\n- the migration of `room_reads`\n- the new icons\n\nBoth should land today.',
    isPinned: true,
  },
  { who: 'noor', text: 'שלום לכולם, אני מצטרפת היום מהבית.' },
  { who: 'yuki', text: '🎉' },
  {
    who: 'jun-mori',
    text: `I can reproduce. It is the \`content-visibility\` on the rows. Removing it costs 2 ms per switch.\n${CODE}`,
  },
  {
    who: 'marie-louise',
    text: 'Do we want the date sticky while scrolling? Two variants: https://figma.example/file/9x1/Parley-Timeline',
    reactions: {
      '👍': ['tobias', 'priya', 'sofia', 'kai', 'ines', 'yuki', 'noor', 'lukas'],
      '🎉': ['jun-mori', 'amara'],
    },
    replies: [
      { who: 'ines', text: 'Sticky gets my vote too.' },
      { who: 'tobias', text: 'Agree, sticky.' },
      { who: 'priya', text: 'How does it look at 390 px?' },
      { who: 'marie-louise', text: 'Same pill, 44 px below the header. Picture follows.' },
      { who: 'sofia', text: 'Then **sticky** it is.' },
    ],
  },
  {
    who: 'deploys',
    text: '#4822 to production **failed** at `migrate`: relation "room_reads" does not exist',
  },
  {
    who: 'tobias',
    before: 'Yes, my migration.',
    text: '> #4822 to production failed\nYes, my migration. Rolling back now.',
  },
  { who: 'tobias', text: 'Rolled back. @jun-mori can you check the read positions?' },
  {
    who: 'kai',
    text: 'Notes of yesterday are in the wiki, with the three decisions and who does what.',
  },
  { who: 'sofia', text: '@ines could you send the invoice template when you have a minute?' },
];

export const OTHERS: readonly (readonly [room: string, lines: readonly Line[]])[] = [
  ['lunch', [{ who: 'kai', text: 'Noodles at 12:15? @ines you wanted to come' }]],
  [
    'on-call',
    [
      { who: 'henrik', text: 'Disk of node 2 is at 71 %.' },
      { who: 'henrik', text: 'Cleaned up, back at 40 %.' },
      { who: 'aisha', text: 'Thanks!' },
    ],
  ],
  ['design-reviews', [{ who: 'marie-louise', text: 'Review of the composer is at three.' }]],
  ['release-2026-12', [{ who: 'lukas', text: 'Code freeze on Tuesday.' }]],
];

export const DIRECT: readonly (readonly [from: string, text: string])[] = [
  ['tobias', 'Do you have five minutes for the rollback?'],
  ['priya', 'The contract is signed.'],
  ['sofia', 'Thank you!'],
  ['jun-mori', 'Read positions are fine.'],
];
