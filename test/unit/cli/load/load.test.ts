import assert from 'node:assert/strict';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { openLoader } from '../../../../src/cli/load/load.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';
import { makeTree } from '../../../support/tree.ts';

describe('the loader of the built program', () => {
  let temp: Awaited<ReturnType<typeof openTempDirectory>>;
  beforeEach(async () => {
    temp = await openTempDirectory();
    // The build puts it in the source.
    Object.assign(globalThis, { osBuildId: 'tests' });
  });
  afterEach(async () => {
    Reflect.deleteProperty(globalThis, 'osBuildId');
    await temp[Symbol.asyncDispose]();
  });

  it('runs each file once, gives it what `require` gives, and leaves other packages to Node.js', async () => {
    await makeTree(temp.path, {
      'cli/main.cjs': `const { names } = require('../chunks/names.cjs');
names.push('main');
module.exports = { names, isPath: require('node:path') === require('path'), __filename, __dirname, again: require('./other.cjs') };`,
      'cli/other.cjs': `require(${JSON.stringify(path.join(temp.path, 'chunks/names.cjs'))}).names.push('other');
exports.of = require('./main.cjs').names;`,
      'chunks/names.cjs': `exports.names = ['names'];`,
    });
    const load = openLoader({ dist: temp.path + path.sep, command: 'nothing' });
    const main = load('cli/main.cjs');
    assert.deepEqual(main['names'], ['names', 'main', 'other']);
    assert.equal(main['isPath'], true);
    assert.equal(main['__filename'], path.join(temp.path, 'cli/main.cjs'));
    assert.equal(main['__dirname'], path.join(temp.path, 'cli'));
    // As with `require`, a circle sees what is there by then.
    assert.deepEqual(main['again'], { of: undefined });
    assert.equal(load('cli/main.cjs'), main);
  });

  it('names file and line of the source where something is thrown', async () => {
    await makeTree(temp.path, {
      'cli/main.cjs': `'use strict';\n\nexports.fail = () => { throw new Error('x'); };`,
    });
    const { fail } = openLoader({ dist: temp.path + path.sep, command: '' })('cli/main.cjs');
    assert.throws(fail as () => void, (error: Error) => {
      const { href } = pathToFileURL(path.join(temp.path, 'cli/main.cjs'));
      assert.match(error.stack ?? '', new RegExp(`${href}:3:`));
      return true;
    });
  });
});
