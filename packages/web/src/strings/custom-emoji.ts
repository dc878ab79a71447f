/** Texts of custom emoji, outside of the first load. */
import type { ErrorCode } from '@parley/client';
import { strings } from './strings.ts';

export const customEmojiStrings = Object.freeze({
  title: 'Emoji',
  text: 'Pictures that everybody on this server can write as :name:, and react with.',
  add: 'Add an emoji',
  list: 'Custom emoji',
  none: 'There are no custom emoji yet.',
  choose: 'Choose a picture',
  chooseHint: 'PNG, JPEG, GIF or WebP, up to 1 MB. It is shown small.',
  preview: 'Preview',
  name: 'Name',
  nameHint: '2 to 30 small letters, digits, “-” or “_”. People write it between colons.',
  save: 'Add emoji',
  by: (name: string) => `Added by ${name}`,
  remove: 'Delete',
  removeOf: (name: string) => `Delete :${name}:`,
  removeText: 'Texts and reactions will show its name.',
  problem: (code: ErrorCode, field?: string, message?: string) => {
    if (code === 'CONFLICT' && field === 'name') return 'There is an emoji with this name.';
    if (code === 'CONFLICT') return message ?? 'There are too many emoji.';
    if (code === 'FORBIDDEN' && field === 'file') return 'This server cannot take pictures.';
    if (code !== 'VALIDATION_ERROR') return strings.error(code);
    if (field === 'name') return message ?? 'This name cannot be used.';
    return 'This is not a picture that can be used, or it is too large: up to 1 MB, and 100 frames.';
  },
});
