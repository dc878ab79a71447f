/** Runs a later migration of the database at a URL. */
import { MIGRATIONS } from '../../../src/stores/postgres/migrations.ts';
import { migratePostgres } from '../../../src/stores/postgres/store.ts';
import { LATER_SQL } from '../../support/later-migration.ts';

const [url = ''] = process.argv.slice(2);
await migratePostgres(url, [...MIGRATIONS, { sql: LATER_SQL, oldestReader: 1 }]);
