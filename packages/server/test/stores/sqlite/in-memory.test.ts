import { testStoreContract } from '../../contracts/store.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';

testStoreContract('SQLite in memory', async () => openSqliteInMemory());
