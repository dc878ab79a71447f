/**
 * How often tests with random histories, kills and faults repeat: few times with each change, and
 * `all` times with `npm test -- --all`, as every night.
 */
export const repetitions = (few: number, all: number): number =>
  process.env['PARLEY_TEST_ALL'] === '1' ? all : few;
