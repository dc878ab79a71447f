import { describeAgreement, describeDialogues, describeEnds } from './dialect-suites.ts';
import { MatrixFixture } from './matrix-fixture.ts';

const build = () => MatrixFixture.build();

describeDialogues('dialects', build);
describeAgreement('dialects', build);
describeEnds('dialects', build);
