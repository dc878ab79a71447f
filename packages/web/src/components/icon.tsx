/**
 * Icons of the page: 18 px, one stroke weight, in the colour of the text. An icon is
 * never the only name of a control.
 */
import classes from './icon.module.css';

const PATHS = {
  archive: 'M3 4h12v3H3zM4 7v8h10V7M7.5 10h3',
  back: 'M11 4 6 9l5 5',
  clock: 'M9 5v4l2.5 1.5M15 9A6 6 0 1 1 3 9a6 6 0 0 1 12 0Z',
  bell: 'M4.5 12.5h9l-1.2-2V8a3.3 3.3 0 0 0-6.6 0v2.5ZM7.7 14.8h2.6',
  bold: 'M5.5 3.5h4.2a2.6 2.6 0 0 1 0 5.2H5.5ZM5.5 8.7h5a2.9 2.9 0 0 1 0 5.8h-5Z',
  check: 'm4 9.5 3.5 3.5L14 5.5',
  close: 'm5 5 8 8M13 5l-8 8',
  code: 'm6 5.5-3.5 3.5L6 12.5M12 5.5l3.5 3.5-3.5 3.5',
  compose: 'M9 3.5H3.5v11h11V9M8 10l.5-2 5.5-5.5 1.5 1.5L10 9.5Z',
  copy: 'M6.5 6.5h8v8h-8zM11.5 6.5v-3h-8v8h3',
  draft: 'M4.5 2.5h6l3 3v10h-9zM7 8.5h4M7 11.5h4',
  down: 'M9 4v10m4-4-4 4-4-4',
  edit: 'm3.5 14.5.7-3 7.8-7.8a1.5 1.5 0 0 1 2.2 2.2l-7.8 7.8Z',
  emoji:
    'M15.5 9a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0ZM6.7 7.2v.1M11.3 7.2v.1M6.3 10.8a3.2 3.2 0 0 0 5.4 0',
  failed: 'M9 6v3.5m0 2.5v.1M15 9A6 6 0 1 1 3 9a6 6 0 0 1 12 0Z',
  flag: 'M4.5 15.5V3.5h8.5l-2 3 2 3H4.5',
  home: 'M3.5 8.5 9 3.5l5.5 5v6h-4v-4h-3v4h-4Z',
  italic: 'M8 3.5h5M5 14.5h5M10.7 3.5l-3.4 11',
  join: 'M9 4v10M4 9h10',
  muted: 'M4.5 12.5h9l-1.2-2V8a3.3 3.3 0 0 0-6.6 0v2.5ZM7.7 14.8h2.6M3 3l12 12',
  forward: 'm11 5 4 4-4 4M14.5 9H7a4 4 0 0 0-4 4v1',
  hash: 'M7.2 3.5 5.8 14.5M12.2 3.5l-1.4 11M3.5 7h11.2M3.2 11h11.2',
  key: 'M3 5h12v8H3zM5.5 7.5v.1M9 7.5v.1M12.5 7.5v.1M6.5 10.5h5',
  leave: 'M7.5 15H4.5A1.5 1.5 0 0 1 3 13.5v-9A1.5 1.5 0 0 1 4.5 3h3M12 12l3-3-3-3M15 9H7',
  light:
    'M9 2v1.5M9 14.5V16M2 9h1.5M14.5 9H16M4 4l1 1M13 13l1 1M14 4l-1 1M5 13l-1 1M12 9a3 3 0 1 1-6 0 3 3 0 0 1 6 0Z',
  link: 'M7.5 10.5 10.5 7.5M8 5.5l1.5-1.5a3 3 0 0 1 4.3 4.3L12.3 9.8M10 12.5 8.5 14a3 3 0 0 1-4.3-4.3l1.5-1.5',
  lock: 'M4.5 8h9v6.5h-9zM6.5 8V6a2.5 2.5 0 0 1 5 0v2',
  logOut: 'M9 2.5v6M5.6 5a5.5 5.5 0 1 0 6.8 0',
  mention:
    'M12 9a3 3 0 1 1-6 0 3 3 0 0 1 6 0ZM12 6v3.8a1.75 1.75 0 0 0 3.5 0V9A6.5 6.5 0 1 0 12.5 14.5',
  more: 'M3.5 9a.5.5 0 1 0 1 0 .5.5 0 0 0-1 0ZM8.5 9a.5.5 0 1 0 1 0 .5.5 0 0 0-1 0ZM13.5 9a.5.5 0 1 0 1 0 .5.5 0 0 0-1 0Z',
  people:
    'M11.5 15v-1.2A2.8 2.8 0 0 0 8.7 11H5.3a2.8 2.8 0 0 0-2.8 2.8V15M7 8.5A2.5 2.5 0 1 0 7 3.5a2.5 2.5 0 0 0 0 5ZM15.5 15v-1.2a2.8 2.8 0 0 0-2-2.7M11.5 3.6a2.5 2.5 0 0 1 0 4.8',
  person:
    'M9 9A2.75 2.75 0 1 0 9 3.5 2.75 2.75 0 0 0 9 9ZM3.5 15v-.5A3 3 0 0 1 6.5 11.5h5a3 3 0 0 1 3 3v.5',
  poll: 'M4.5 14.5v-5M9 14.5v-11M13.5 14.5v-7',
  pin: 'M6.5 3h5M7.5 3v4L5 10h8l-2.5-3V3M9 10v5',
  reply: 'M7 5 3 9l4 4M3.5 9H11a4 4 0 0 1 4 4v1',
  saved: 'M5 3h8v12l-4-3-4 3Z',
  search: 'M12 7.5a4.5 4.5 0 1 1-9 0 4.5 4.5 0 0 1 9 0ZM11 11l4 4',
  send: 'M15.5 2.5 8 10M15.5 2.5l-4.5 13-3-5.5-5.5-3 13-4.5Z',
  settings:
    'M3 5.5h6M13 5.5h2M3 12.5h2M9 12.5h6M9 5.5a2 2 0 1 0 4 0 2 2 0 0 0-4 0ZM5 12.5a2 2 0 1 0 4 0 2 2 0 0 0-4 0Z',
  thread: 'M3.5 4.5h11v7h-6l-3 2.5v-2.5h-2ZM6 8h6',
  trash: 'M3.5 5h11M7 5V3.5h4V5M5 5l.7 9.5h6.6L13 5M7.5 8v4M10.5 8v4',
  up: 'M9 14V4m4 4L9 4 5 8',
  undo: 'M6.5 4 3 7.5 6.5 11M3.5 7.5H11a3.5 3.5 0 0 1 0 7H8',
  voice: 'M7 5a2 2 0 0 1 4 0v4a2 2 0 0 1-4 0ZM4.5 9a4.5 4.5 0 0 0 9 0M9 13.5V16',
  unread: 'M3 4.5h12v9H3zM3 5l6 5 6-5',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className={classes['icon']} viewBox="0 0 18 18" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
