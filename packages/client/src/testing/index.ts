export { createFakeParley, FakeParley } from './fake-parley.ts';
export type { FakeChange } from './fake-room.ts';
