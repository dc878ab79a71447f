import { MatrixFixture } from './matrix-fixture.ts';
import { describeNews, describeSignals } from './signal-suites.ts';

const build = () => MatrixFixture.build();

describeSignals('one server', build);
describeNews('one server', build);
