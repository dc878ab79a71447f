/** Texts of links to copy, outside of the first load. */
export const linkStrings = {
  creating: 'Creating the link…',
  copy: 'Copy link',
  copied: 'Copied',
  notCopied: 'Not copied. Select the link and copy it.',
} as const;
