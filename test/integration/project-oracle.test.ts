import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { readProject } from '../../src/project/read-project.ts';
import { shapeOfOurs } from '../support/compose-ours.ts';
import { shapeOfTheirs } from '../support/compose-theirs.ts';

const directory = fileURLToPath(new URL('../fixtures/compose', import.meta.url));

/** docker-compose 1.29 is another program's reading of the same files; it needs no engine for that. */
async function compare(names: readonly string[]): Promise<void> {
  const ours = await readProject(directory, { composeFiles: names, projectName: 'p', environment: {} });
  const files = names.flatMap(name => ['-f', path.join(directory, name)]);
  const { stdout } = await promisify(execFile)('docker-compose', ['-p', 'p', ...files, 'config']);
  // What it prints is YAML 1.1.
  const theirs = parse(stdout, { version: '1.1', schema: 'core' }) as Record<string, unknown>;
  assert.deepEqual(shapeOfOurs(ours), shapeOfTheirs(theirs, ours));
}

describe('a compose file is read as docker-compose reads it:', () => {
  for (const name of readdirSync(directory).filter(it => it.endsWith('.yaml')))
    it(name, () => compare([name]));

  it('two files, one laid upon the other', () => compare(['overrides/base.yaml', 'overrides/over.yaml']));
});
