/** Describes an error that ends a command in one line for the operator. */
import { argumentErrorOf } from './argument-error.ts';
import { findCommand } from './commands.ts';

/** Errors whose message tells the operator what to correct. */
const EXPECTED_NAMES = [
  'ConfigError',
  'DataDirectoryInUse',
  'StoreUnusable',
  'ArchiveError',
  'ImportError',
];
/** System errors about a file that the operator named. */
const FILE_ERRORS = ['ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR', 'ENOSPC', 'EDQUOT', 'EFBIG', 'EPIPE'];

/**
 * SQLite's BUSY, READONLY, IOERR, CORRUPT, FULL, CANTOPEN and NOTADB: the cause is the file, its
 * disk or another process, not a bug in Parley.
 */
const DATABASE_FILE_ERRORS: ReadonlySet<number> = new Set([5, 8, 10, 11, 13, 14, 26]);

interface DescribeOptions {
  /** Arguments of the command line. */
  readonly args: readonly string[];
  /** Whether an unexpected error is described with its stack. */
  readonly withStack: boolean;
}

export function describeError(error: unknown, { args, withStack }: DescribeOptions): string {
  const argumentError = argumentErrorOf(error);
  if (argumentError !== undefined) {
    const words = ['parley', findCommand(args)?.name ?? [], '--help'].flat();
    return `${argumentError}. Try '${words.join(' ')}'.`;
  }
  return describeExpected(error) ?? describeUnexpected(error, withStack);
}

function describeExpected(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const {
    code = '',
    port,
    address,
    errcode = 0,
  } = error as NodeJS.ErrnoException & { port?: number; address?: string; errcode?: number };
  if (code === 'EADDRINUSE') {
    return `Port ${port} on ${address} is in use. Choose another with PORT.`;
  }
  if (code === 'EACCES' && port !== undefined) {
    return `This user does not have the permission to use port ${port}. Choose another with PORT.`;
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `HOST is not an address of this machine (${code}).`;
  }
  if (DATABASE_FILE_ERRORS.has(errcode & 0xff)) {
    return `The database cannot be used: ${error.message}.`;
  }
  const isExpected = EXPECTED_NAMES.includes(error.name) || FILE_ERRORS.includes(code);
  return isExpected ? error.message : undefined;
}

function describeUnexpected(error: unknown, withStack: boolean): string {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  if (withStack) return `Unexpected error: ${stack ?? message}`;
  const line = message.replace(/\s+/g, ' ').trim();
  return `Unexpected error: ${line}. Set LOG_LEVEL=debug to see the stack.`;
}
