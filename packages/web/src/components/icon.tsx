/**
 * Icons of the page: 18 px, one stroke weight, in the colour of the text. An icon is
 * never the only name of a control.
 */
import classes from './icon.module.css';

const PATHS = {
  back: 'M11 4 6 9l5 5',
  clock: 'M9 5v4l2.5 1.5M15 9A6 6 0 1 1 3 9a6 6 0 0 1 12 0Z',
  close: 'm5 5 8 8M13 5l-8 8',
  dark: 'M14.5 10.5A6 6 0 0 1 7.5 3.5a6 6 0 1 0 7 7Z',
  down: 'M9 4v10m4-4-4 4-4-4',
  failed: 'M9 6v3.5m0 2.5v.1M15 9A6 6 0 1 1 3 9a6 6 0 0 1 12 0Z',
  join: 'M9 4v10M4 9h10',
  hash: 'M7.2 3.5 5.8 14.5M12.2 3.5l-1.4 11M3.5 7h11.2M3.2 11h11.2',
  leave: 'M7.5 15H4.5A1.5 1.5 0 0 1 3 13.500v-9A1.5 1.5 0 0 1 4.5 3h3M12 12l3-3-3-3M15 9H7',
  light:
    'M9 2v1.500M9 14.500V16M2 9h1.500M14.5 9H16M4 4l1 1M13 13l1 1M14 4l-1 1M5 13l-1 1M12 9a3 3 0 1 1-6 0 3 3 0 0 1 6 0Z',
  logOut: 'M9 2.5v6M5.6 5a5.5 5.5 0 1 0 6.8 0',
  people:
    'M11.5 15v-1.200A2.8 2.8 0 0 0 8.7 11H5.300a2.8 2.8 0 0 0-2.8 2.800V15M7 8.500A2.5 2.5 0 1 0 7 3.500a2.5 2.5 0 0 0 0 5ZM15.5 15v-1.200a2.8 2.8 0 0 0-2-2.700M11.5 3.600a2.5 2.5 0 0 1 0 4.8',
  pin: 'M6.500 3h5M7.500 3v4L5 10h8l-2.500-3V3M9 10v5',
  send: 'M15.5 2.5 8 10M15.5 2.500l-4.5 13-3-5.5-5.5-3 13-4.500Z',
  system: 'M3.5 4h11v7.500h-11zM9 11.500V15M6 15h6',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className={classes['icon']} viewBox="0 0 18 18" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
