/** Texts of the name and the logo of the server, outside of the first load. */
import type { ErrorCode } from '@parley/client';
import { avatarStrings } from './avatar.ts';
import { strings } from './strings.ts';

export const serverStrings = Object.freeze({
  title: 'Server',
  text: 'The name and the logo are shown on the login page, above the rooms, in the title of the page, and in mail.',
  name: 'Name of the server',
  nameHint: 'Up to 40 characters. Empty: Parley.',
  save: 'Save name',
  saved: 'The name is shown.',
  notSaved: (code: ErrorCode) =>
    code === 'VALIDATION_ERROR'
      ? 'Not saved. Use up to 40 characters, and letters of one script in a word.'
      : `Not saved. ${strings.error(code)}`,
  logo: Object.freeze({
    ...avatarStrings,
    title: 'Logo',
    remove: 'Remove the logo',
    hint: 'PNG, JPEG, GIF or WebP. Everyone sees it, also before the login.',
    saved: 'The logo is shown.',
    removed: 'The logo is removed.',
    cropTitle: 'Logo of the server',
    cropText: 'Move the picture with the sliders, or drag it.',
  }),
});
