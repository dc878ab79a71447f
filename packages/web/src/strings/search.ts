/** Texts of the search of messages, outside of the first load. */
export const searchStrings = {
  title: 'Search',
  label: 'Search messages',
  hint: 'from:ana in:general before:2026-11-01 has:link "exact phrase" -word',
  help: 'Words, phrases in quotes, -words to leave out; from:, in:, before:, after:, has:link, has:file, has:code.',
  all: (text: string) => `All messages with “${text.trim()}”`,
  loading: 'Searching messages',
  failed: 'The messages could not be searched.',
  none: 'No messages found.',
  older: 'Load more',
  results: 'Messages found',
  order: 'Order',
  relevance: 'Best match',
  newest: 'Newest',
} as const;
