/**
 * Loaded before the tests: the cases that fast-check draws are the same in each run, so that a change
 * is never judged by other cases than the one before it. `npm test -- --all` draws new ones; a failure
 * prints its seed.
 */
import fc from 'fast-check';

const SEED = 20_261_130;

if (process.env['PARLEY_TEST_ALL'] !== '1') fc.configureGlobal({ seed: SEED });
