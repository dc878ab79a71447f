/** Texts of the picture of the user in the settings, outside of the first load. */
import type { ChatError, ErrorCode } from '@parley/client';
import { strings } from './strings.ts';

type Details = ChatError['details'];

export const avatarStrings = Object.freeze({
  title: 'Picture',
  choose: 'Choose a picture…',
  remove: 'Remove the picture',
  hint: 'PNG, JPEG, GIF or WebP. Everyone on this server sees it beside your name.',
  saved: 'Your picture is shown.',
  removed: 'Your picture is removed.',
  notReadable: 'This file is not a picture that the browser can read.',
  cropTitle: 'Your picture',
  cropText: 'Move the picture with the sliders, or drag it. Others see the circle.',
  preview: 'Part of the picture that is shown',
  zoom: 'Size',
  across: 'Left and right',
  down: 'Up and down',
  save: 'Use this picture',
  problem: (code: ErrorCode, { field }: Details): string => {
    if (code === 'VALIDATION_ERROR')
      return 'The server cannot read this picture. Choose another one.';
    if (code === 'FORBIDDEN' && field === 'avatar')
      return 'Another application gives your account its picture: change it there.';
    if (code === 'FORBIDDEN' && field === 'file')
      return 'This server cannot take pictures. Ask those who run it.';
    return `Not saved. ${strings.error(code)}`;
  },
});
