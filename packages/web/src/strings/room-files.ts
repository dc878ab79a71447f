/** Texts of the files of a room, outside of the first load. */
export const roomFileStrings = {
  title: 'Files',
  close: 'Close files',
  find: 'Find a file',
  kinds: 'Kinds of files',
  kind: {
    all: 'All',
    picture: 'Pictures',
    media: 'Sound and films',
    document: 'Documents',
  },
  loading: 'Loading files',
  failed: 'The files could not be loaded.',
  offline: 'You are not connected. The files are listed when you are back.',
  none: 'No files here yet.',
  notFound: 'Nothing found.',
  /** Many messages were searched, and there are older ones. */
  notYet: 'Nothing found yet.',
  more: 'Show more',
  /** Read before the name: the act of a press. */
  act: { open: 'Open', download: 'Download' },
  show: (name: string) => `Show ${name} in conversation`,
} as const;
