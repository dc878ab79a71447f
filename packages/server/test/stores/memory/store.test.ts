import { openMemoryStore } from '../../../src/stores/memory/store.ts';
import { testStoreContract } from '../../contracts/store.ts';

testStoreContract('memory', async () => openMemoryStore());
