/** Whether all tests run, with `npm test -- --all`, as every night. */
export const AT_NIGHT = process.env['PARLEY_TEST_ALL'] === '1';
