/** Prefix of the paths that the web client routes itself. */
export const PAGE_PATH = '/app/';
