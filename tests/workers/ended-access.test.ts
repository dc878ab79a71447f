/** Bans, removals and disabled accounts are effective on every worker within 10 s. */
import { after, before, describe, test } from 'node:test';
import { Account } from '../../packages/server/test/support/account.ts';
import {
  ACCOUNT_ACTS,
  endAccountEverywhere,
  endRoomEverywhere,
  ROOM_ACTS,
} from '../support/ended-access.ts';
import { WorkerServer } from './worker-server.ts';

const WORKER_COUNT = 3;

describe('over workers,', () => {
  let server: WorkerServer;
  let owner: Account;
  before(async () => {
    server = await WorkerServer.start({
      ...{ WORKERS: String(WORKER_COUNT), FIRST_ACCOUNT: 'owner' },
      ...{ USER_CREATION_RATE_MAX: '0', USER_CHANGE_RATE_MAX: '0' },
    });
    owner = await Account.signUp(server.url, 'olivia');
  });
  after(() => server?.process.kill());

  const isEverywhere = async (username: string): Promise<boolean> => {
    await server.workerOf(username);
    const opened = server.log.filter(
      (line) => line.event === 'connection.opened' && line.username === username,
    );
    return new Set(opened.map(({ worker }) => worker)).size === WORKER_COUNT;
  };
  const bed = () => ({ urls: [server.url], owner, isEverywhere });
  for (const [index, [name, act]] of Object.entries(ROOM_ACTS).entries()) {
    test(`${name} ends the room in every dialect`, () =>
      endRoomEverywhere(bed(), `member${index}`, act));
  }
  for (const [index, [name, act]] of Object.entries(ACCOUNT_ACTS).entries()) {
    test(`${name} ends every connection and session`, () =>
      endAccountEverywhere(bed(), `user${index}`, act));
  }
});
