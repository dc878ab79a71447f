/** The process of an import: the export is its own, and the store that of its parent. */
import { constants, setPriority } from 'node:os';
import { callChannel } from '../imports/call-channel.ts';
import { importHistory } from '../imports/import-history.ts';
import { storeOver } from '../imports/import-process.ts';
import { describeExport, openExport } from '../imports/open-export.ts';
import type { ExportFile, ImportReport } from '../model/history-import.ts';
import { ExportElsewhere, type ImportPlatform } from '../ports/history-importer.ts';
import { argon2PasswordHash } from '../system/argon2-password-hash.ts';
import { systemClock } from '../system/clock.ts';
import { systemCrypto } from '../system/crypto.ts';

type Job = ExportFile & { readonly operator: string } & Pick<
    ImportPlatform,
    'contentLengthMax' | 'fileBytesMax' | 'allFilesBytesMax'
  >;

const bodies = new Map<number, AsyncIterator<Uint8Array>>();
let bodyCount = 0;

async function run(job: Job): Promise<ImportReport> {
  const goOn = () => channel.call('onProgress', 0, 0);
  const found = await describeExport(job, goOn).catch((cause: unknown) => {
    throw new ExportElsewhere(`${job.path} cannot be read`, { cause });
  });
  if (found.digest !== job.digest) throw new ExportElsewhere(`${job.path} is another file`);
  const history = await openExport(job, goOn);
  try {
    const platform = { secrets: systemCrypto, passwords: argon2PasswordHash, clock: systemClock };
    return await importHistory(
      {
        ...{ ...platform, ...job, store: storeOver(channel.call) },
        fileStorage: { receive, keep: callOf('keep'), delete: callOf('delete') },
        onProgress: (done, total) => channel.call('onProgress', done, total),
        onRoomEnd: (roomId) => channel.call('onRoomEnd', roomId),
      },
      history,
    );
  } finally {
    history.close();
  }
}

const receive: ImportPlatform['fileStorage']['receive'] = async (id, body, limits) => {
  bodyCount += 1;
  const name = bodyCount;
  const chunks = body[Symbol.asyncIterator]();
  bodies.set(name, chunks);
  try {
    // The storage of the process returns it.
    return (await channel.call('receive', id, name, limits)) as never;
  } finally {
    bodies.delete(name);
    await chunks.return?.();
  }
};

async function read(name: number): Promise<Uint8Array | undefined> {
  const next = await bodies.get(name)?.next();
  return next?.done === false ? next.value : undefined;
}

function callOf(name: string) {
  return async (id: string): Promise<void> => {
    await channel.call(name, id);
  };
}

const channel = callChannel(process, { run, read });
// The parent has ended: another one goes on.
process.on('disconnect', () => process.exit(0));
// The chat comes first.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
