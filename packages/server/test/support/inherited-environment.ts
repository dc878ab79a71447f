/**
 * Environment of a server in its own process: settings of the test's own environment do not
 * reach it. It has the allocator setting of `npm start` and the compile cache of `npm test`.
 */
export function inheritedEnvironment(): NodeJS.ProcessEnv {
  const { PATH, MALLOC_MMAP_THRESHOLD_, NODE_COMPILE_CACHE } = process.env;
  return { PATH, MALLOC_MMAP_THRESHOLD_, NODE_COMPILE_CACHE };
}
