import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { readProject } from '../../../src/project/read-project.ts';
import { warnings } from '../../support/read-files.ts';
import { root } from '../../support/run-program.ts';

const examples = path.join(root, 'examples');

describe('every example', () => {
  for (const name of readdirSync(examples))
    it(`is a project without a problem or a warning: ${name}`, async () => {
      const project = await readProject(path.join(examples, name), { environment: {} });
      assert.deepEqual(warnings(project), []);
      assert.ok(project.services.every(({ build }) => build !== undefined));
    });
});
