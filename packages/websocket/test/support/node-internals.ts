/** Options of tests of the undocumented parts of Node: skipped where these are turned off. */
import { MAY_USE_INTERNALS } from '../../src/node/node-internals-switch.ts';

// By the switch, not by what is in use: a Node in which the parts do not work fails these tests.
export const WITH_INTERNALS = {
  skip: MAY_USE_INTERNALS ? false : 'the undocumented parts of Node are off',
} as const;
